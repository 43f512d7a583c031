"""What the API shows and takes, as values; the OpenAPI document is made of them. Nothing in what is shown is secret."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gateway.control.fault_model import SessionFaults
from gateway.control.steering import GatewayMode, KnownBy, SessionReport
from gateway.core.marks import Marks
from gateway.core.model import Severity, Source

Limit = Annotated[int, Meta(ge=1, le=1000)]
Pair = tuple[str, str]


class FindingShown(Struct, frozen=True):
    """What a check noticed of one exchange."""

    id: str
    severity: Severity
    title: str
    where: str
    found: str
    """As a shape: never more than four characters of a secret."""
    expected: str
    source: str
    """The page that says so."""


class ExchangeShown(Struct, frozen=True):
    """One exchange in a list."""

    number: int
    """Its place among the exchanges of this gateway, from 1."""
    id: str
    at: str
    """When it began: RFC 3339, UTC, milliseconds."""
    device: str
    address: str
    method: str
    path: str
    """Without the query."""
    route: str
    """The route of the API, such as `v2_logout`; empty for another path."""
    status: int
    source: Source
    upstream: str
    ms: float
    severity: Severity
    """The worst of its findings and its error; `info` without any."""
    error: str
    """The code of what the gateway answered in its own name."""
    rewritten: bool
    """Whether a rule sent other requests in its place."""
    findings: list[FindingShown]
    gateway: str = ""
    """The gateway of the fleet that it passed; empty without a fleet."""


class ExchangePage(Struct, frozen=True):
    """A part of the list, the newest first."""

    exchanges: list[ExchangeShown]
    next: int | None
    """What to ask for as `before`, to get the next part; null at the end of what is kept."""
    newest: int
    """The number of the newest exchange there is."""
    oldest: int
    """The number of the oldest that is kept."""


class ExchangeQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which exchanges are listed: those that fit all that is said."""

    device: str = ""
    """The name of a device, or its beginning."""
    finding: str = ""
    """The id of a check, or its beginning: `XFF001`, `XFF`."""
    severity: Severity | None = None
    """This severity, or a worse one."""
    source: Source | None = None
    status: str = ""
    """A status, or its first digit: `404`, `4`, `4xx`."""
    route: str = ""
    """The name of a route, or a part of the path."""
    gateway: str = ""
    """The name of a gateway of the fleet."""
    text: str = ""
    """What stands in method, path, device, error or a finding, case aside."""
    before: int | None = None
    """Only exchanges with a smaller number."""
    after: int | None = None
    """Only exchanges with a larger number."""
    limit: Limit = 100


class RequestShown(Struct, frozen=True):
    """A request without its secrets."""

    method: str
    target: str
    headers: list[Pair]
    body: str
    """As text; what is long is cut, what is no text is counted."""


class AnswerShown(Struct, frozen=True):
    """An answer without its secrets."""

    status: int
    reason: str
    headers: list[Pair]
    body: str


class LegShown(Struct, frozen=True):
    """What was sent for an exchange, and what came back."""

    request: RequestShown
    response: AnswerShown
    source: Source
    upstream: str
    ms: float
    rewritten_from: str


class FindingPlaced(Struct, frozen=True):
    """A finding, and the place in the exchange that it is about."""

    finding: FindingShown
    marks: Marks
    fix: str
    """What to change."""


class ExchangeDetail(Struct, frozen=True):
    """One exchange as a whole, without its secrets."""

    exchange: ExchangeShown
    description: str
    """What the device says it is."""
    request: RequestShown
    """As the app sent it."""
    response: AnswerShown
    """As the app received it."""
    legs: list[LegShown]
    findings: list[FindingPlaced]
    gateway_ms: float
    """Milliseconds that were not spent on legs."""


class ThrottleBudget(Struct, frozen=True):
    """What is left of the calls that Adobe allows an address, as checks THR003 reckons it."""

    left: float
    """Calls before the next one is answered 429."""
    burst: float


class DeviceShown(Struct, frozen=True):
    """A device that spoke within the exchanges that are kept."""

    name: str
    named: bool
    """Whether the configuration names it."""
    address: str
    description: str
    """What it says it is."""
    mode: GatewayMode
    """What is done with its calls: its own mode, or that of all."""
    upstream: str
    """The upstream of its last call."""
    cassette: str
    """The cassette of its calls: its own, or that of all."""
    exchanges: int
    severity: Severity
    """The worst of its exchanges."""
    findings: dict[str, int]
    """How often each check found something."""
    throttle: ThrottleBudget | None
    """Null where nothing is known of its address."""
    replays: str
    """The recorded device that it plays in a replay; empty where it was recorded itself, or plays none."""
    last: list[ExchangeShown]
    """Its last exchanges, the newest first."""


class DeviceNameWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """What a device is to be called."""

    name: str
    """Up to 63 letters and digits, joined by single - or _."""
    by: KnownBy | None = None
    """By what it is known from now on; null: its identifier if it says one, or else its address."""


class FindingRow(Struct, frozen=True):
    """What one check found about one device."""

    device: str
    finding: FindingShown
    """The latest."""
    fix: str
    """What to change."""
    times: int
    last_exchange: str
    """The id of the latest exchange in which it was found."""


class SettingShown(Struct, frozen=True):
    """How a gateway stands."""

    url: str
    """Where apps reach it."""
    mode: GatewayMode
    upstream: str
    cassette: str
    upstreams: dict[str, str]
    """The upstreams that can be chosen, each with its origin."""
    version: str
    complaints: list[str]
    """What is wrong: a recording that fails, a log that is full."""
    gateways: list[str] = []
    """The fleet's gateways that live; none without a fleet."""


class ModeWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """A mode to be changed to."""

    mode: GatewayMode


class CassetteWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """A cassette to be changed to, by its name."""

    cassette: str


class UpstreamWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """An upstream to be changed to, by its name."""

    upstream: str


class Expectation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer to the next request that fits. The request reaches no upstream, and is not recorded."""

    status: int = 200
    headers: dict[str, str] = {}
    body: str | None = None
    json: Any = None
    method: str | None = None
    path: str | None = None
    """A path without its query; `*` stands for anything."""
    times: int = 1
    delay: float = 0.0
    """Seconds before the answer."""


class ExpectationShown(Struct, frozen=True):
    """An expectation that still waits."""

    method: str | None
    path: str | None
    status: int
    left: int
    """How often it is still to be given."""
    delay: float


class SessionWanted(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A session to be opened; a missing value is the main gateway's."""

    cassette: str | None = None
    """The name of a cassette. But in mode replay it may be new: letters, digits, `-`, `_`, `.` and `/`."""
    mode: GatewayMode | None = None
    upstream: str | None = None
    faults: SessionFaults | None = None
    """What is done to its calls on purpose, in place of the configuration's faults."""
    idle: Annotated[float, Meta(ge=1, le=86400)] = 300.0
    """Seconds of silence after which it ends by itself."""
    label: Annotated[str, Meta(max_length=200)] = ""
    """What a person calls it, such as the name of a test."""


class SessionShown(Struct, frozen=True, kw_only=True):
    """A session."""

    id: str
    label: str
    url: str
    """Where apps reach it."""
    mode: GatewayMode
    upstream: str
    cassette: str
    opened_at: str
    idle: float
    """Seconds of silence after which it ends."""
    exchanges: int


class SessionEnded(Struct, frozen=True):
    """A session that has ended."""

    id: str
    label: str
    cassette: str
    why: Literal["deleted", "silent", "stopped"]
    report: SessionReport


class ApiProblem(Struct, frozen=True):
    """An error: the enhanced-error form of the API."""

    action: str
    status: int
    code: str
    message: str
