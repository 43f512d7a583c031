"""The keys of config.yaml: a class for each section, a documented field for each key.

For a new section, add a class here and a field in `Config`. The environment's names, the suggestions and the JSON Schema are made from
them. combinations.py checks keys that depend on each other.
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
"""The API that an emulator imitates. Recordings from an emulator have this origin."""

BUILT_IN_UPSTREAMS: Mapping[str, Mapping[str, object]] = {
    "emulator": {"origin": "emulator:"},
    "production": {"origin": PRODUCTION},
    "staging": {"origin": "https://api.auth-staging.adobe.com"},
}
"""The built-in upstreams. An entry of the same name is laid over the built-in one, key by key."""


def _each_says_something(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty list, a repeated matcher, and a matcher that another one includes.

    The case of letters does not matter in names of header fields (RFC 9110 section 5.1). It matters in names of parameters and members.
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
    """Return the origin that an upstream's calls have. The built-in emulator has production's."""
    if origin.is_emulator:
        return PRODUCTION if origin.is_built_in else f"http://{origin.authority}"
    return str(origin)


def _with_built_in(value: object) -> object:
    """Lay the entries of a file over the built-in upstreams, key by key. Other values are refused later."""
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
    """Longest time to connect, TLS included, in seconds."""
    read: _Seconds = 30.0
    """Longest silence of the upstream, before its answer or inside it, in seconds. Then the gateway gives up."""


class UpstreamSection(Section, frozen=True):
    """An API behind the gateway."""

    origin: Annotated[
        Origin,
        read(Origin, Origin.parse),
        Schema({"type": "string", "pattern": "^(emulator:|(emulator|[hH][tT][tT][pP][sS]?)://[^/?#@]+)$"}),
    ]
    """Scheme, host and port, such as `https://api.auth.adobe.com`. `emulator:` is the built-in emulator, without a network. `emulator://127.0.0.1:8081` is an emulator that `gateway emulator` runs."""
    connect_to: Annotated[Address, read(Address, Address.parse), _TEXT] | None = None
    """Host or host:port to connect to in place of the origin. Host and SNI stay the origin's. null: connect to the origin."""
    ca_file: FilePath | None = None
    """PEM file with the authorities that the gateway trusts for the upstream's certificate. null: the system's authorities."""
    timeout: Timeout = field(default_factory=Timeout)
    """How long to wait for this upstream, in seconds."""


def _built_in() -> Mapping[str, UpstreamSection]:
    return {name: read_section(UpstreamSection, dict(entry)) for name, entry in BUILT_IN_UPSTREAMS.items()}


class ForwardedForSection(Section, frozen=True):
    """What the gateway writes into `X-Forwarded-For`."""

    mode: Literal["replace", "append", "off"] = "replace"
    """`replace`: only the device's address; `append`: the received addresses, then the peer's; `off`: the field as received."""
    trusted_proxies: Annotated[
        tuple[Annotated[str, After(trusted_proxy)], ...],
        Before(listed),
        Schema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
    ] = ()
    """Peers whose `X-Forwarded-For` the gateway trusts: networks in CIDR form, or `private` for loopback, RFC 1918, link-local and unique local addresses."""
    pool: Annotated[Network, read(Network, network), _TEXT] | None = None
    """Network of public addresses for devices with a private address and no `public_address`. A device always gets the same one: with 203.0.113.0/24, 192.168.0.7 becomes 203.0.113.7. Unless the upstream is an emulator, you must own these addresses. null: no pool."""
    fallback: Annotated[IPAddress, read(IPAddress, public_address), _TEXT] | None = None
    """Public address for a device that has only a private address. null: the private address is sent, and the log says so once for each device."""

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """The networks of `trusted_proxies`. The word `private` is replaced by its networks."""
        return tuple(network for entry in self.trusted_proxies for network in networks(entry))


class Cassettes(Section, frozen=True):
    """Which calls are recorded, in which file, and how a replay finds a recording."""

    dir: FilePath = Path("cassettes")
    """Folder of the cassettes. A relative path starts at the configuration file, or at the working directory if there is no file."""
    name: CassetteName = "logout"
    """The cassette. A name means the file `NAME.yaml` in `dir`. Text that contains a slash, or ends in .yaml, is a path, relative to this file (on the command line: to the working directory)."""
    record: Recorded = tuple(map(RoutePattern.parse, LOGOUT_ROUTES))
    """Routes that are recorded: `logout`, `v2` (everything under /api/v2), `all`, or a list of these words and of `METHOD /path`. In a path, `{name}` is one segment, `{name...}` is any number of segments, and `{.json,.xml,}` is one of the texts between the commas. The method `*` is any method. Calls to /o/client are never recorded."""
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
    """The parts of a request that must equal the recorded request: method, path, query (pairs in any order, decoded once), upstream, headers, body, or `raw` (method and target, byte by byte). `query:NAME`, `header:NAME` and `body:$.NAME` are single parts. `query` with `-query:NAME` is the whole query except NAME; headers and body have the same form."""
    device: Literal["prefer", "require", "ignore"] = "prefer"
    """Which recordings answer a device (AP-Device-Identifier; v1: deviceId). `prefer`: its own recordings first; `require`: only its own recordings; `ignore`: any recording."""
    on_exhausted: Literal["last", "error", "cycle"] = "last"
    """The answer of a replay after the last recording of a sequence. `last`: the last answer again; `error`: a miss; `cycle`: the first answer again."""
    time: Literal["as_recorded", "shift"] = "as_recorded"
    """The documented times in replayed answers (notAfter, a token's exp, Date). `as_recorded`: they stay as recorded; `shift`: they are moved by the time since the recording."""
    max_age: Annotated[Duration, Range(least=1)] | None = 90 * 86400
    """Age at which replay and verify warn of an old recording: a number of seconds, or with a unit, such as 90d or 12h. null: no warning."""


class LimitsSection(Section, frozen=True):
    """Limits on memory, in bytes or with a unit (64KiB, 1MiB, 1GiB), and on clients."""

    max_body: Annotated[Size, Range(least=1, most=1 << 30)] = 1 << 20
    """Largest body that is held in memory, 1 byte to 1GiB. A larger body is passed on as a stream; it is not recorded, and a warning says so."""
    max_head: Annotated[Size, Range(least=1 << 10, most=1 << 24)] = 1 << 16
    """Largest head of a request or response (first line and header fields), 1KiB to 16MiB."""
    max_connections: Annotated[
        Literal["auto"] | int,
        Read(connections),
        Schema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": 1_000_000}]}),
    ] = "auto"
    """Largest number of open connections from apps. A further connection waits until one closes. `auto`: as many as the process has descriptors for, at most 10,000."""
    head_timeout: _Seconds = 10.0
    """Longest time for a request's head, or a TLS handshake, in seconds. A late head is answered 408."""


class PlaceSection(Section, frozen=True):
    """A place in a message: exactly one of these keys."""

    header: Annotated[str | None, After(field_name)] = None
    """Name of a header field, in any case of letters."""
    query: Annotated[str | None, After(parameter_name)] = None
    """Name of a parameter of a query or a form, in any case of letters."""
    json_path: Annotated[str | None, After(json_query)] = field(default=None, name="json")
    """JSONPath query (RFC 9535) over a JSON body, such as `$.profiles.*.attributes.email`."""


class RedactionRule(PlaceSection, frozen=True, kw_only=True):
    """A secret of your own, which the API's documentation does not name."""

    pattern: Annotated[str | None, After(expression)] = None
    """Regular expression for text that is secret in every place. Its syntax is RE2's, without look-around and back-references."""
    kind: Annotated[str, After(secret_kind), Schema({"type": "string", "pattern": SECRET_KIND})] = field(name="as")
    """Kind of the secret, such as token, user, email or device. Equal values of one kind get equal pseudonyms."""


class KeptPlace(PlaceSection, frozen=True, kw_only=True):
    """An exception: a value that the policy names, and that is not redacted."""

    reason: SomeText
    """Why the value is not secret here. The log shows the reason at start."""


class RedactionSection(Section, frozen=True):
    """Which secrets are removed from everything that is kept or shown, and the key of the pseudonyms."""

    key_file: FilePath = Path(".gateway-key")
    """File with the key of the pseudonyms. The first recording makes it. If GATEWAY_REDACTION_KEY is set, it is used instead."""
    on_leak: Literal["refuse", "warn"] = "refuse"
    """What happens to a recording that still contains a secret. `refuse`: it is not written; `warn`: it is written, with a warning. The app gets its answer in both cases."""
    rules: tuple[RedactionRule, ...] = ()
    """More secrets, which the policy does not name."""
    keep: tuple[KeptPlace, ...] = ()
    """Exceptions, each with its reason."""


class AuditSection(Section, frozen=True):
    """The header checks, and whether a finding stops a call."""

    mode: Literal["observe", "enforce", "off"] = "observe"
    """`observe`: findings are only noted; `enforce`: a call that Adobe would refuse gets Adobe's answer, and is not sent; `off`: no checks run."""
    enforce_at: Literal["error", "warning", "info"] = "error"
    """The lowest severity at which `enforce` answers a call."""
    checks: Mapping[str, Literal["off", "error", "warning", "info"]] = field(default_factory=dict)
    """Checks by id that are switched off, or have another severity, such as `{XFF002: off, DEV004: error}`. Your severity replaces the check's own for all its findings."""
    record: Literal["recorded", "all", "off"] = "all"
    """Which findings are written. `recorded`: with each recorded call, the findings that redaction would hide; `all`: also the findings of calls that are not recorded, in `NAME.findings.jsonl` beside the cassette; `off`: no findings."""
    response_header: bool = False
    """Whether a reply has fields with its findings (`X-Gateway-Audit: AUTH003;XFF001`) and with the rule that changed it (`X-Gateway-Rewrite`). Tests can read these fields."""


class LogSection(Section, frozen=True):
    """The log: format, severity, and file."""

    format: Literal["auto", "console", "json"] = "auto"
    """`console`: one line for each call, for a person; `json`: one object for each call; `auto`: console on a terminal, JSON elsewhere."""
    level: Literal["error", "warning", "info"] = "info"
    """Calls below this severity are not logged. The severity of a call is the worst of its findings and its error."""
    file: FilePath | None = None
    """File for the log. Only its owner can read it. On SIGUSR1 the gateway opens it again. null: stderr."""
    repeat: Literal["once", "always"] = "once"
    """`once`: a device's finding is written in full once, and then as a count (4th time); `always`: each finding is written in full."""
    addresses: Literal["pseudonym", "plain"] = "pseudonym"
    """Public addresses in the log. `pseudonym`: each one is replaced by another address; `plain`: they are shown. Private addresses are always shown."""


class ClientSection(Section, frozen=True):
    """The gateway's own registered application at Adobe: a software statement, or client credentials. Each secret is in its own file, on one line, or in the environment."""

    software_statement_file: FilePath | None = None
    """File with the software statement. The gateway registers with it once. If GATEWAY_SOFTWARE_STATEMENT is set, it is used instead."""
    client_id_file: FilePath | None = None
    """File with the client id, if the application is registered already. If GATEWAY_CLIENT_ID is set, it is used instead."""
    client_secret_file: FilePath | None = None
    """File with the client secret. If GATEWAY_CLIENT_SECRET is set, it is used instead."""


class Clients(Section, frozen=True):
    """The clients whose access tokens the gateway uses when a rule sends a request of its own."""

    default: ClientSection = field(default_factory=ClientSection)
    """The client of every rule. The emulator needs no client, since it accepts every token. A replay needs no client either."""
    state_file: FilePath = Path(".gateway-state.json")
    """File that keeps client credentials and tokens between runs. Only its owner can read it. If it is lost, the gateway registers again, and this logs every user out."""


class Config(Section, frozen=True):
    """The configuration of pass-gateway. Every key is optional."""

    listen: Listen = field(default_factory=Listen)
    """Where apps reach the gateway."""
    listeners: Mapping[Annotated[str, After(listener_name)], Listen] = field(default_factory=dict)
    """More listeners for apps, by name, each with its own port. The command line and the environment set `listen` only."""
    workers: Workers = 1
    """Number of processes that answer requests. If there are several, one more process has the listening sockets and the control listener. `auto`: one for each processor. Several processes need the mode passthrough or record, or a `fleet`. `lab.proxy` needs a single process."""
    reload: Literal["signal", "watch"] = "signal"
    """When the running gateway reads this file again. `signal`: on SIGHUP; `watch`: also when the file changes (needs `pip install '.[watch]'`)."""
    mode: Mode = "auto"
    """`passthrough`: calls are forwarded; `record`: calls are forwarded and recorded; `replay`: the cassette answers, without a network; `auto`: recordings that exist at the start are replayed, and other calls are forwarded and recorded."""
    upstream: str = "emulator"
    """Name of the upstream that gets the requests."""
    route_by_host: bool = False
    """Whether the Host field selects the upstream: the one whose origin has this host. Port and case of letters do not matter. This is for labs whose DNS leads to the gateway."""
    upstreams: Annotated[Mapping[Annotated[str, After(upstream_name)], UpstreamSection], Before(_with_built_in)] = (
        field(default_factory=_built_in)
    )
    """Upstreams by name. `emulator`, `production` and `staging` are built in. An entry with one of these names changes only the keys that it contains."""
    cors: Literal["on", "off"] = "on"
    """Whether a web page of another origin may read answers of the emulator and of a replay. The gateway then answers OPTIONS, and adds Access-Control fields. Adobe documents these fields only for the 429; for other answers they are an assumption. The gateway adds nothing to the answers of a real upstream, in any mode."""
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
    """Several gateways that act as one, over Redis. null: this gateway is alone."""
    metrics: bool = False
    """Whether the control listener has numbers for Prometheus, at `/metrics` (needs `pip install '.[metrics]'`)."""
    traces: bool = False
    """Whether each exchange becomes a span, which is sent by OTLP over HTTP. The OTEL_… variables say where to (needs `pip install '.[traces]'`)."""
    limits: LimitsSection = field(default_factory=LimitsSection)
    """Limits on memory and on clients."""
    rules: tuple[Rule, ...] = ()
    """Rules that change requests and answers. They are applied in this order. Each entry is a map with one key, the rule's name."""
    faults: tuple[FaultEntry, ...] = ()
    """Faults that the gateway makes on purpose. Each entry is a fault's name, or a map with one fault and `when` it happens."""
    clients: Clients = field(default_factory=Clients)
    """The clients whose access tokens the gateway uses."""
    emulator: EmulatorSection = field(default_factory=EmulatorSection)
    """The built-in emulator: its logins, and how strict it is."""
    devices: Mapping[Annotated[str, After(device_name)], DeviceSection] = field(default_factory=dict)
    """Devices by name. The file `devices.yaml` beside this one adds devices, and replaces devices of the same name."""
    lab: LabSection = field(default_factory=LabSection)
    """A lab of devices: its certificate authority, and the addresses at which devices reach the gateway."""

    @property
    def all_listeners(self) -> Mapping[str, Listen]:
        """All listeners for apps: `listen` under the name `listen`, and `listeners`."""
        return {"listen": self.listen, **self.listeners}

    @property
    def origins_of_pages(self) -> Mapping[str, str]:
        """For each upstream: the origin at which a browser opens the pages of its API."""
        return {name: origin_of_pages(_asked_at(upstream.origin)) for name, upstream in self.upstreams.items()}

    def cassette_path(self) -> Path:
        """Return the file of the cassette: `NAME.yaml` in the folder of cassettes, or the name itself if it is a path."""
        name = self.cassettes.name
        return Path(name) if is_path(name) else self.cassettes.dir / f"{name}.yaml"
