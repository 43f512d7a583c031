"""The keys of config.yaml: a class for each section, a documented field for each key.

A new section is one class here and one field in `Config`; the environment's names, the suggestions and the JSON Schema
follow from it. combinations.py checks keys that depend on each other.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import field

from gateway.config.control import ControlSection
from gateway.config.devices import DeviceSection
from gateway.config.emulator import EmulatorSection
from gateway.config.faults import FaultEntry
from gateway.config.fleet import FleetSection
from gateway.config.history import HistorySection
from gateway.config.lab import LabSection
from gateway.config.listening import Listen
from gateway.config.marks import After, Before, Range, Read, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Section, read_section
from gateway.config.rules import Rule
from gateway.config.section import CassetteName, Duration, FilePath, Mode, Recorded, Size, SomeText, listed, read
from gateway.config.values import (
    SECRET_KIND,
    Address,
    IPAddress,
    Network,
    Origin,
    connections,
    device_name,
    expression,
    field_name,
    is_path,
    json_query,
    listener_name,
    match_entry,
    network,
    networks,
    parameter_name,
    public_address,
    secret_kind,
    trusted_proxy,
    upstream_name,
)
from gateway.config.workers import Workers
from gateway.core.adobe.hosts import origin_of_pages
from gateway.core.adobe.routes import LOGOUT_ROUTES, RoutePattern
from gateway.core.compared import MATCH_PATTERN, idle

PRODUCTION = "https://api.auth.adobe.com"
"""The API that an emulator stands for. Recordings from an emulator have this origin."""

BUILT_IN_UPSTREAMS: Mapping[str, Mapping[str, object]] = {
    "emulator": {"origin": "emulator:"},
    "production": {"origin": PRODUCTION},
    "staging": {"origin": "https://api.auth-staging.adobe.com"},
}
"""The upstreams that need no entry. An entry of the same name is laid over the built-in one, key by key."""


def _each_says_something(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse no matcher at all, one that is named twice, and one that says nothing beside the others.

    Names of header fields are compared without case (RFC 9110 section 5.1), those of parameters and members with it.
    """
    if not entries:
        raise ValueError(unexpected("at least one matcher", entries))
    known: set[str] = set()
    for entry in entries:
        same = entry.lower() if "header:" in entry else entry
        if same in known:
            raise ValueError(unexpected("each matcher once", entry))
        known.add(same)
    if wrong := list(idle(entries)):
        raise ValueError("; ".join(unexpected(expected, entry) for expected, entry in wrong))
    return entries


def _asked_at(origin: Origin) -> str:
    """Return where an upstream is asked; the built-in emulator stands for production."""
    if origin.is_emulator:
        return PRODUCTION if origin.is_built_in else f"http://{origin.authority}"
    return str(origin)


def _with_built_in(value: object) -> object:
    """Lay the entries of a file over the built-in upstreams, key by key. Another value than a map is refused later."""
    if not isinstance(value, dict):
        return value
    merged: dict[object, object] = {name: dict(entry) for name, entry in BUILT_IN_UPSTREAMS.items()}
    for name, entry in value.items():
        built_in = BUILT_IN_UPSTREAMS.get(name, {})
        merged[name] = {**built_in, **entry} if isinstance(entry, dict) else entry
    return merged


_TEXT = Schema({"type": "string"})
_Seconds = Annotated[float, Range(above=0.0, most=3600.0)]


class Timeout(Section, frozen=True):
    """How long to wait for an upstream."""

    connect: _Seconds = 5.0
    """Seconds until the connection, TLS included, must stand."""
    read: _Seconds = 30.0
    """Seconds of silence, before the answer or inside it, after which the upstream is given up."""


class UpstreamSection(Section, frozen=True):
    """An API behind the gateway."""

    origin: Annotated[
        Origin,
        read(Origin, Origin.parse),
        Schema({"type": "string", "pattern": "^(emulator:|(emulator|[hH][tT][tT][pP][sS]?)://[^/?#@]+)$"}),
    ]
    """Scheme, host and port, such as `https://api.auth.adobe.com`; `emulator:` is the built-in emulator, no network; `emulator://127.0.0.1:8081` one that `gateway emulator` runs."""
    connect_to: Annotated[Address, read(Address, Address.parse), _TEXT] | None = None
    """Host or host:port to connect to in the origin's place, while Host and SNI stay the origin's; null: the origin."""
    ca_file: FilePath | None = None
    """PEM file with the authorities that are trusted to sign the upstream's certificate; null: the system's authorities."""
    timeout: Timeout = field(default_factory=Timeout)
    """How long to wait for this upstream, in seconds."""


def _built_in() -> Mapping[str, UpstreamSection]:
    return {name: read_section(UpstreamSection, dict(entry)) for name, entry in BUILT_IN_UPSTREAMS.items()}


class ForwardedForSection(Section, frozen=True):
    """What the gateway writes into `X-Forwarded-For`."""

    mode: Literal["replace", "append", "off"] = "replace"
    """`replace`: one bare address, the device's; `append`: the received chain and the peer; `off`: as received."""
    trusted_proxies: Annotated[
        tuple[Annotated[str, After(trusted_proxy)], ...],
        Before(listed),
        Schema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
    ] = ()
    """Peers whose `X-Forwarded-For` is believed: networks in CIDR form, or `private` for loopback, RFC 1918, link-local and unique local addresses."""
    pool: Annotated[Network, read(Network, network), _TEXT] | None = None
    """Network whose addresses are sent for devices whose own is private and that have no `public_address`: 192.168.0.7 in 203.0.113.0/24 is 203.0.113.7, always. Use only addresses that you hold if the upstream is a network; null: no pool."""
    fallback: Annotated[IPAddress, read(IPAddress, public_address), _TEXT] | None = None
    """Public address to send for a device that has only a private address; null: the private address is sent, and the log says so once for each device."""

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """The networks of `trusted_proxies`, with `private` written out."""
        return tuple(network for entry in self.trusted_proxies for network in networks(entry))


class Cassettes(Section, frozen=True):
    """Which calls are recorded, in which file, and how a replay finds a recording."""

    dir: FilePath = Path("cassettes")
    """Folder of the cassettes. A relative path starts at the configuration file, or at the working directory if there is no file."""
    name: CassetteName = "logout"
    """The cassette. A name is the file `NAME.yaml` in `dir`. Text with a slash, or that ends in .yaml, is a path, relative to this file (on the command line: to the working directory)."""
    record: Recorded = tuple(map(RoutePattern.parse, LOGOUT_ROUTES))
    """Routes that are recorded: `logout`, `v2` (everything under /api/v2), `all`, or a list of these words and of `METHOD /path`. In a path, `{name}` is one segment, `{name...}` any number of segments, `{.json,.xml,}` one of the texts between the commas; `*` is any method. Calls to /o/client are never recorded."""
    match: Annotated[
        tuple[
            Annotated[
                str,
                After(match_entry),
            ],
            ...,
        ],
        After(_each_says_something),
        Schema({"type": "array", "items": {"type": "string", "pattern": MATCH_PATTERN}, "minItems": 1}),
    ] = ("method", "path", "query")
    """What must be equal, so that a recording answers a request: method, path, query (pairs in any order, decoded once), upstream, headers, body, or `raw` (method and target, byte by byte). A single one is `query:NAME`, `header:NAME` or `body:$.NAME`; `-query:NAME` beside `query` is all but that one, and so for headers and body."""
    device: Literal["prefer", "require", "ignore"] = "prefer"
    """How the device (AP-Device-Identifier; v1: deviceId) chooses among several recordings. `prefer`: its own recordings first; `require`: only its own recordings; `ignore`: any recording."""
    on_exhausted: Literal["last", "error", "cycle"] = "last"
    """What a replay answers after the last recording of a sequence. `last`: the last answer again; `error`: a miss; `cycle`: the first answer again."""
    time: Literal["as_recorded", "shift"] = "as_recorded"
    """The documented times in replayed answers (notAfter, a token's exp, Date). `as_recorded`: they stay; `shift`: they move by the time between the recording and now."""
    max_age: Annotated[Duration, Range(least=1)] | None = 90 * 86400
    """Age of a recording from which replay and verify warn: seconds, or 90d, 12h; null: no warning."""


class LimitsSection(Section, frozen=True):
    """How much is held in memory, as bytes or with a unit (64KiB, 1MiB, 1GiB), and what clients may take."""

    max_body: Annotated[Size, Range(least=1, most=1 << 30)] = 1 << 20
    """Largest body, in bytes, that is held in memory; a larger one streams, unrecorded, with a warning. 1 byte to 1GiB."""
    max_head: Annotated[Size, Range(least=1 << 10, most=1 << 24)] = 1 << 16
    """Largest request or response head, in bytes: its first line and header fields. 1KiB to 16MiB."""
    max_connections: Annotated[
        Literal["auto"] | int,
        Read(connections),
        Schema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": 1_000_000}]}),
    ] = "auto"
    """Connections of apps that may be open at once. A further connection waits until one closes. `auto`: as many as the process may have descriptors for, 10,000 at most."""
    head_timeout: _Seconds = 10.0
    """Seconds until a request's head, and a TLS handshake, must be complete; then the answer is 408."""


class PlaceSection(Section, frozen=True):
    """Where something stands: exactly one of these."""

    header: Annotated[str | None, After(field_name)] = None
    """Name of a header field, case aside."""
    query: Annotated[str | None, After(parameter_name)] = None
    """Name of a parameter of a query or a form, case aside."""
    json_path: Annotated[str | None, After(json_query)] = field(default=None, name="json")
    """JSONPath query (RFC 9535) over a JSON body, such as `$.profiles.*.attributes.email`."""


class RedactionRule(PlaceSection, frozen=True, kw_only=True):
    """A secret of yours, which the API's documentation does not name."""

    pattern: Annotated[str | None, After(expression)] = None
    """Regular expression (RE2's syntax: no look-around, no back-references) of a text that is secret in every place."""
    kind: Annotated[str, After(secret_kind), Schema({"type": "string", "pattern": SECRET_KIND})] = field(name="as")
    """Kind of the secret, such as token, user, email or device. Equal values of one kind get equal pseudonyms."""


class KeptPlace(PlaceSection, frozen=True, kw_only=True):
    """An exception: a value that is not redacted, though the policy names it."""

    reason: SomeText
    """Why that is no secret here; said in the log at start."""


class RedactionSection(Section, frozen=True):
    """Which secrets are removed from everything that is kept or shown, and the key of the pseudonyms."""

    key_file: FilePath = Path(".gateway-key")
    """File with the key of the pseudonyms, made at the first recording; GATEWAY_REDACTION_KEY goes before it."""
    on_leak: Literal["refuse", "warn"] = "refuse"
    """A recording in which a secret is left. `refuse`: it is not written; `warn`: it is written, with a warning. The app's exchange goes through."""
    rules: tuple[RedactionRule, ...] = ()
    """More secrets, which the policy does not know."""
    keep: tuple[KeptPlace, ...] = ()
    """Exceptions, each with its reason."""


class AuditSection(Section, frozen=True):
    """The header checks, and whether a finding stops a call."""

    mode: Literal["observe", "enforce", "off"] = "observe"
    """`observe`: findings are noted and nothing else; `enforce`: a call that Adobe would refuse is answered as Adobe would, and not sent; `off`: nothing is judged."""
    enforce_at: Literal["error", "warning", "info"] = "error"
    """`enforce` answers from this severity on."""
    checks: Mapping[str, Literal["off", "error", "warning", "info"]] = field(default_factory=dict)
    """Checks by id that are switched off or have another severity, such as `{XFF002: off, DEV004: error}`. A severity that you give replaces the check's own for all its findings."""
    record: Literal["recorded", "all", "off"] = "all"
    """Which findings are written. `recorded`: with each recorded call the findings that redaction would hide; `all`: also the findings of calls that are not recorded, in `NAME.findings.jsonl` beside the cassette; `off`: no findings."""
    response_header: bool = False
    """Whether replies name their findings (`X-Gateway-Audit: AUTH003;XFF001`) and the rule that changed them (`X-Gateway-Rewrite`). Tests can read these fields."""


class LogSection(Section, frozen=True):
    """The log: format, severity, and file."""

    format: Literal["auto", "console", "json"] = "auto"
    """`console`: one line a call, for a person; `json`: one object a call; `auto`: console on a terminal, JSON elsewhere."""
    level: Literal["error", "warning", "info"] = "info"
    """Calls below this severity are not logged. A call's severity is the worst of its findings and its error."""
    file: FilePath | None = None
    """File for the log; null: stderr. Only its owner can read it. SIGUSR1 opens it again."""
    repeat: Literal["once", "always"] = "once"
    """`once`: a finding that a device had before is a count (4th time); `always`: each finding is written in full."""
    addresses: Literal["pseudonym", "plain"] = "pseudonym"
    """Public addresses. `pseudonym`: another address stands for each; `plain`: they are shown. Private addresses are always shown."""


class ClientSection(Section, frozen=True):
    """The gateway's own registered application at Adobe: a software statement, or client credentials. Secrets stand in files of their own, one line each, or in the environment."""

    software_statement_file: FilePath | None = None
    """File with the software statement. The gateway registers with it once; GATEWAY_SOFTWARE_STATEMENT goes before it."""
    client_id_file: FilePath | None = None
    """File with the client id, where the application was registered already; GATEWAY_CLIENT_ID goes before it."""
    client_secret_file: FilePath | None = None
    """File with the client secret; GATEWAY_CLIENT_SECRET goes before it."""


class Clients(Section, frozen=True):
    """The clients whose access tokens the gateway uses when a rule sends a request of its own."""

    default: ClientSection = field(default_factory=ClientSection)
    """The client of every rule. The emulator accepts every token, so it needs no client; a replay needs no client either."""
    state_file: FilePath = Path(".gateway-state.json")
    """File that keeps client credentials and tokens over a restart. Only its owner can read it. Without it the gateway registers again, which logs every user out."""


class Config(Section, frozen=True):
    """The configuration of pass-gateway. Every key is optional."""

    listen: Listen = field(default_factory=Listen)
    """Where apps reach the gateway."""
    listeners: Mapping[Annotated[str, After(listener_name)], Listen] = field(default_factory=dict)
    """More listeners for apps, by name, each with its own port. The command line and the environment set `listen` only."""
    workers: Workers = 1
    """Number of processes that answer requests. Another process has the listening sockets and the control listener. `auto`: one for each processor. More than one process needs the mode passthrough or record, or a `fleet`."""
    reload: Literal["signal", "watch"] = "signal"
    """When the running gateway reads this file again. `signal`: on SIGHUP; `watch`: also when it has changed, which needs `pip install 'pass-gateway[watch]'`."""
    mode: Mode = "auto"
    """`passthrough` forwards, `record` forwards and records, `replay` answers from the cassette with no network, `auto` replays what the cassette held at start and records the rest."""
    upstream: str = "emulator"
    """Name of the upstream that requests go to."""
    route_by_host: bool = False
    """Whether a Host that is an upstream's origin host (port and case aside) selects that upstream, for labs that point DNS here."""
    upstreams: Annotated[Mapping[Annotated[str, After(upstream_name)], UpstreamSection], Before(_with_built_in)] = (
        field(default_factory=_built_in)
    )
    """Upstreams by name. `emulator`, `production` and `staging` are built in; an entry with one of these names changes only the keys that it has."""
    cors: Literal["on", "off"] = "on"
    """Whether a web page of another origin may read answers of the emulator and of a replay. The gateway then answers OPTIONS, and adds the Access-Control fields that Adobe documents for the 429. That other answers have them is an assumption. A real upstream's own fields are passed on, and nothing is added to them, in each mode."""
    forwarded_for: ForwardedForSection = field(default_factory=ForwardedForSection)
    """What the gateway writes into `X-Forwarded-For`."""
    cassettes: Cassettes = field(default_factory=Cassettes)
    """Which calls are recorded, in which file, and how a replay finds a recording."""
    audit: AuditSection = field(default_factory=AuditSection)
    """The header checks."""
    redaction: RedactionSection = field(default_factory=RedactionSection)
    """Which secrets are removed from everything that is kept or shown."""
    log: LogSection = field(default_factory=LogSection)
    """The log: format, severity, and file."""
    control: ControlSection = field(default_factory=ControlSection)
    """The gateway's own listener: page, API and health."""
    history: HistorySection | None = None
    """A history of exchanges in a file; null: no history."""
    fleet: FleetSection | None = None
    """Several gateways that act as one, over Redis; null: this gateway is alone."""
    metrics: bool = False
    """Whether numbers are counted for Prometheus, at `/metrics` of the control listener; needs `pip install 'pass-gateway[metrics]'`."""
    traces: bool = False
    """Whether a span is made of each exchange, and sent (OTLP over HTTP) where the OTEL_… variables say; needs `pip install 'pass-gateway[traces]'`."""
    limits: LimitsSection = field(default_factory=LimitsSection)
    """How much is held in memory."""
    rules: tuple[Rule, ...] = ()
    """Rules that change requests and answers, in this order. Each entry is a map with one key, the rule's name."""
    faults: tuple[FaultEntry, ...] = ()
    """Faults on purpose. Each entry is a fault's name, or a map with one fault and `when` it happens."""
    clients: Clients = field(default_factory=Clients)
    """The clients whose access tokens the gateway uses."""
    emulator: EmulatorSection = field(default_factory=EmulatorSection)
    """The built-in emulator: whose logins exist, and how much it insists on."""
    devices: Mapping[Annotated[str, After(device_name)], DeviceSection] = field(default_factory=dict)
    """Devices by name. The file `devices.yaml` beside this one adds devices, and replaces devices of the same name."""
    lab: LabSection = field(default_factory=LabSection)
    """A lab of devices: the authority of its certificates, and where devices reach the gateway."""

    @property
    def all_listeners(self) -> Mapping[str, Listen]:
        """Everywhere that apps reach the gateway: `listen` under that name, and `listeners`."""
        return {"listen": self.listen, **self.listeners}

    @property
    def origins_of_pages(self) -> Mapping[str, str]:
        """Where the pages of each upstream's API are opened in a browser, as origins by the upstream's name."""
        return {name: origin_of_pages(_asked_at(upstream.origin)) for name, upstream in self.upstreams.items()}

    def cassette_path(self) -> Path:
        """Return the file of the cassette: `NAME.yaml` in the folder of cassettes, or the path that the name is."""
        name = self.cassettes.name
        return Path(name) if is_path(name) else self.cassettes.dir / f"{name}.yaml"
