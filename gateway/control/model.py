"""The values that the API shows and takes. The OpenAPI document is made of them. No shown value has a secret."""

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
    """What a check found in one exchange."""

    id: str
    severity: Severity
    title: str
    where: str
    found: str
    """The shape of the value, with at most four characters of a secret."""
    expected: str
    source: str
    """The page of the documentation that the check follows."""


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
    """The worst severity of its findings and its error; `info` if it has neither."""
    error: str
    """The error code, if the gateway itself answered with an error."""
    rewritten: bool
    """Whether a rule sent other requests in place of the app's request."""
    findings: list[FindingShown]
    gateway: str = ""
    """The gateway of the fleet that answered it; empty without a fleet."""


class ExchangePage(Struct, frozen=True):
    """A part of the list, newest exchange first."""

    exchanges: list[ExchangeShown]
    next: int | None
    """The value of `before` that gets the next part; null if there is no next part."""
    newest: int
    """The number of the newest exchange that is kept."""
    oldest: int
    """The number of the oldest exchange that is kept."""


class ExchangeQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A filter: an exchange is listed if it fits every field."""

    device: str = ""
    """The name of a device, or its beginning."""
    finding: str = ""
    """The id of a check, or its beginning: `XFF001`, `XFF`."""
    severity: Severity | None = None
    """This severity or worse."""
    source: Source | None = None
    status: str = ""
    """A status, or its first digit: `404`, `4`, `4xx`."""
    route: str = ""
    """The name of a route, or a part of the path."""
    gateway: str = ""
    """The name of a gateway of the fleet."""
    text: str = ""
    """A text in the method, path, device, error or a finding; case does not matter."""
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
    """As text. A long body is cut. A body that is no text is shown as its number of bytes."""


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
    """The device's description of itself, such as `Apple TV 5th Gen`."""
    request: RequestShown
    """As the app sent it."""
    response: AnswerShown
    """As the app received it."""
    legs: list[LegShown]
    findings: list[FindingPlaced]
    gateway_ms: float
    """Milliseconds that were not spent on legs."""
    is_cut: bool = False
    """Whether the gateway has cut it, since newer large exchanges came: long fields and bodies, and the end of a long target, are missing."""


class ThrottleBudget(Struct, frozen=True):
    """How many more calls Adobe allows an address now, as check THR003 counts them."""

    left: float
    """Calls that are left before Adobe answers 429."""
    burst: float


class DeviceShown(Struct, frozen=True):
    """A device of an exchange that is still kept."""

    name: str
    named: bool
    """Whether the configuration names it."""
    address: str
    description: str
    """Its description of itself, such as `Apple TV 5th Gen`."""
    mode: GatewayMode
    """The mode for its calls: its own mode, or the gateway's."""
    upstream: str
    """The upstream of its last call."""
    cassette: str
    """The cassette for its calls: its own cassette, or the gateway's."""
    exchanges: int
    severity: Severity
    """The worst severity in its exchanges."""
    findings: dict[str, int]
    """How often each check found something."""
    throttle: ThrottleBudget | None
    """Null if no call of its address was counted."""
    replays: str
    """The recorded device whose answers this device gets in a replay. Empty if it gets its own answers, or got no answers yet."""
    last: list[ExchangeShown]
    """Its last exchanges, the newest first."""


class DeviceNameWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """A name for a device."""

    name: str
    """Up to 63 letters and digits, joined by single - or _."""
    by: KnownBy | None = None
    """How the gateway recognises it from now on; null: by its identifier if it sends one, otherwise by its address."""


class FindingRow(Struct, frozen=True):
    """What one check found in the calls of one device."""

    device: str
    finding: FindingShown
    """The latest finding."""
    fix: str
    """What to change."""
    times: int
    last_exchange: str
    """The id of the latest exchange with this finding."""


class SettingShown(Struct, frozen=True):
    """The present setting of a gateway."""

    url: str
    """Where apps reach it."""
    mode: GatewayMode
    upstream: str
    cassette: str
    upstreams: dict[str, str]
    """The upstreams that can be chosen by name, and the origin of each."""
    version: str
    complaints: list[str]
    """What is wrong now, for example a recording that fails, or a log that is full."""
    gateways: list[str] = []
    """The names of the fleet's running gateways; empty without a fleet."""


class ModeWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """The new mode."""

    mode: GatewayMode


class CassetteWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """The name of the new cassette."""

    cassette: str


class UpstreamWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """The name of the new upstream."""

    upstream: str


class Expectation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer for the next request that fits. The request reaches no upstream, and is not recorded."""

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
    """An expectation that has not answered all its requests yet."""

    method: str | None
    path: str | None
    status: int
    left: int
    """How many more requests it answers. In a fleet: requests to this gateway."""
    delay: float


class SessionWanted(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A session to open. A missing value is the main gateway's."""

    cassette: str | None = None
    """The name of a cassette. Except in mode replay it may be new: letters, digits, `-`, `_`, `.` and `/`."""
    mode: GatewayMode | None = None
    upstream: str | None = None
    faults: SessionFaults | None = None
    """The faults of its calls. They replace the configuration's faults."""
    idle: Annotated[float, Meta(ge=1, le=86400)] = 300.0
    """Seconds without a call after which it ends by itself."""
    label: Annotated[str, Meta(max_length=200)] = ""
    """A name for people, such as the name of a test."""


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
    """Seconds without a call after which it ends."""
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
