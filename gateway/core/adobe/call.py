"""A request as the checks read it: its route and its header values. Each is parsed at its first use.

Facts
-----
* A call is made from the target, the header fields in `PARSED`, and the fields that checks declare (`About.reads`). No check sees any
  other part of a request. A check reads its declared fields by name (`header`, `lines`, `has`, `given`).
* Checks over time tell devices, addresses and tokens apart by a hash of them (`tag`). So no slice has a secret.
* A v1 application names its device in a parameter of the query or of a form. A v2 application names it in AP-Device-Identifier. Both
  forms mean the same device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import unquote_plus

from propcache.api import cached_property

from gateway.core.adobe.authorization import Authorization, Bearer, Signed, read_authorization
from gateway.core.adobe.device_identifier import OPENINGS, DeviceIdentifier, read_device_identifier
from gateway.core.adobe.device_info import DeviceInfo, read_device_info
from gateway.core.adobe.forwarded import Hop, entries, read_forwarded
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.partner_status import PartnerStatus, read_partner_status
from gateway.core.adobe.reads import NOTHING_DECLARED, Reads, lower_name
from gateway.core.adobe.routes import (
    AUTHORIZATION,
    CLIENTS,
    IDENTIFIER,
    INFO,
    OPTIONAL,
    SSO,
    STATUS,
    Misplaced,
    Place,
    Route,
    place_of,
)
from gateway.core.adobe.tokens import Jwt, read_jwt
from gateway.core.bounded import remembered
from gateway.core.devices import device_identifier, own_identifier
from gateway.core.headers import Address, parse_address
from gateway.core.model import Headers, RawHeaders, Request

FORWARDED = "x-forwarded-for"
USER_AGENT = "user-agent"
PARSED = SSO | {AUTHORIZATION, IDENTIFIER, INFO, FORWARDED, STATUS, USER_AGENT}
"""The header fields that the properties below use, in lower case."""
_WITH_TIMES = SSO | {STATUS}
"""The header fields with times, other than the field of the access token."""
SDK = frozenset({"ap_*", "pass_sfp", "ap-session-identifier", "ap-sdk-identifier"})
"""The fields of Adobe's SDKs that browsers may send, as the throttling page lists them in its sample of a 429."""
EVERY_FIELD = PARSED | OPTIONAL | SDK | {"accept", "content-type", "x-roku-reserved-*"}
"""The request's header fields that the API's pages mention, as `About.reads` names them. Some checks look at each of them."""
LONGEST_AGENT = 1024
LONGEST_UNFILLED = 64 + len("Bearer ")
"""Length of the longest placeholder that a field is searched for, in characters, with its scheme. A placeholder is as short as a name."""
MOST_PAIRS = 512
"""Largest number of pairs of a query or a form that are read. No documented route has more than ten."""
LONGEST_FORM = 1 << 16
"""Largest form that is read, in bytes."""

_NO_NAMES: frozenset[str] = frozenset()
_recent_name: Callable[[bytes], str | None] = lower_name.memory.recent.get  # type: ignore[attr-defined]
"""Returns the lower-case name of a field. None if the field has not come lately."""

_SERVERS = re.compile(
    r"\b(?:python|aiohttp|urllib|requests|httpx|curl|wget|node|node-fetch|undici|axios|got|go-http-client|java|jersey|apache-"
    r"httpclient|reactor-netty|spring|guzzlehttp|php|ruby|faraday|libwww-perl|restsharp|dotnet|postmanruntime|insomnia|k6)\b"
    r"(?=[/ -]|$)",
    re.IGNORECASE,
)
_MOZILLA = re.compile(r"\bMozilla/5\.0\b")
_BROWSER = re.compile(r"\b(?:Chrome|Firefox|Safari|Edg|OPR)/")
_DEVICES = re.compile(
    r"\b(?:Apple ?TV|tvOS|Roku|AFT[A-Z0-9]*|BRAVIA|SmartTV|SMART-TV|Smart TV|Tizen|Web0S|webOS|NetCast|HbbTV|CrKey|Android TV|"
    r"GoogleTV|Xbox|PlayStation|Nintendo|Shield|VIZIO|Viera|Hisense|AQUOS)\b",
    re.IGNORECASE,
)
_ROKU = re.compile(r"\bRoku\b", re.IGNORECASE)
_UNFILLED = OPENINGS | {"b", "B"}
"""The first characters of a placeholder. Also the first character of `Bearer`, since a placeholder may come after a scheme."""


class Parameter(NamedTuple):
    """One pair of a query or a form, not decoded."""

    name: str
    raw: str
    """Its value, still encoded."""
    has_equals: bool


class Agent(NamedTuple):
    """The kind of program that a User-Agent names."""

    is_server: bool
    is_browser: bool
    is_roku: bool


class Call:
    """One request. It raises no error, for any bytes."""

    def __init__(
        self,
        method: str,
        target: str,
        fields: RawHeaders,
        *,
        form: bytes = b"",
        has_body: bool = False,
        client: str = "",
        device: str = "",
        own_identifier: str = "",
        inbound: bool = False,
        origin: str = "",
        ours: bool = True,
        reads: Reads = NOTHING_DECLARED,
    ) -> None:
        """`fields`: the fields in `PARSED`, and the fields that `reads` declares. For the others, see `Judged`."""
        self.method = method
        self.target = target
        self.has_body = has_body
        self.inbound = inbound
        self.origin = origin
        self.ours = ours
        self.path, _, self.query = target.partition("?")
        self.fields = fields
        self.content = form
        self._client = client
        self._device = device
        self._own_identifier = own_identifier
        self._reads = reads
        self._lines: dict[str, tuple[str, ...]] = {}
        self.blank = _NO_NAMES
        """The names of the present fields whose first line is blank."""
        self.may_be_unfilled = False
        """Whether the value of a field may be a placeholder: it begins like a placeholder, and is not too long."""
        lines = self._lines
        for raw, value in fields:
            name, text = _recent_name(raw) or lower_name(raw), value.decode("latin-1").strip(" \t")
            if text[:1] in _UNFILLED and _may_be_unfilled(text):
                self.may_be_unfilled = True
            if name in lines:
                lines[name] = (*lines[name], text)
            else:
                lines[name] = (text,)
                if not text:
                    self.blank |= {name}
        self.names = frozenset(lines)
        """The names of the fields that are there, in lower case."""
        self.repeats = len(lines) < len(fields)
        """Whether any field has several lines."""

    def elsewhere(self, target: str, place: Place) -> Call:
        """Return the same call with another target. Route and query must be the same. The new call keeps all that was read of this call."""
        call = Call.__new__(Call)
        parts = call.__dict__
        parts.update(self.__dict__)
        parts.pop("whole_tag", None)
        parts["target"], parts["path"], parts["place"] = target, target.partition("?")[0], place
        return call

    def header(self, name: str) -> str:
        """Return the first value of a field, by its name in lower case; empty if it is absent or blank.

        A field that no check declares raises UndeclaredError, here and in the methods below.
        """
        return next(iter(self.lines(name)), "")

    def lines(self, name: str) -> Sequence[str]:
        """Return all values of a field."""
        self._reads.insist(name)
        return self._lines.get(name, ())

    def has(self, name: str) -> bool:
        """Whether a field is there. It may be blank."""
        return bool(self.lines(name))

    def lacks(self, name: str) -> bool:
        """Whether a field is absent or blank."""
        self._reads.insist(name)
        return name not in self.names or name in self.blank

    def present(self, names: Collection[str]) -> list[str]:
        """Return the names of these fields that are there, blank ones too. A name may end in `*`."""
        beginnings = self._reads.insist_all(names)
        return [name for name in self._lines if name in names or (beginnings and name.startswith(beginnings))]

    def given(self, names: Collection[str]) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield those of these fields that are there, with all their values, in their order. A name may end in `*`."""
        beginnings = self._reads.insist_all(names)
        return (
            (name, values)
            for name, values in self._lines.items()
            if name in names or (beginnings and name.startswith(beginnings))
        )

    def line(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that a check has read before."""
        return self._lines.get(name, ())

    def _first(self, name: str) -> str:
        """Return the first value of a field of `PARSED`; empty if it is absent or blank."""
        lines = self._lines.get(name)
        return lines[0] if lines else ""

    @property
    def method_and_path(self) -> tuple[str, str]:
        """The method and the path, which decide the route."""
        return self.method, self.path

    @property
    def query_and_form(self) -> tuple[str, bytes]:
        """The parts that its parameters depend on."""
        return self.query, self.content

    def _all(self, name: str) -> Sequence[str]:
        """Return all values of a field of `PARSED`."""
        return self._lines.get(name, ())

    @cached_property
    def place(self) -> Place:
        """Its route, and the mistakes of its path."""
        return place_of(self.method, self.path)

    @cached_property
    def route(self) -> Route | None:
        """The operation that it asks for. The method or the path may differ a little from the documentation."""
        return self.place.route

    @property
    def misplaced(self) -> Misplaced:
        """The mistakes of its path."""
        return self.place.misplaced

    def is_on(self, *names: str) -> bool:
        """Whether the call's route has one of these names."""
        return self.route is not None and self.route.name in names

    @property
    def provider(self) -> str:
        """The service provider in its path; empty if its route has none."""
        return self.place.holes.get("sp", "")

    @property
    def code(self) -> str:
        """The code in its path; empty if its route has none."""
        return self.place.holes.get("code", "")

    @cached_property
    def version(self) -> str:
        """`v1`, `v2`, `dcr` or `other`. An undocumented path of an API counts as this API."""
        if self.route is not None:
            return self.route.version
        if self.path.startswith("/api/v2/"):
            return "v2"
        return "v1" if self.path.startswith(("/api/v1/", "/reggie/v1/")) else "other"

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The first pairs of the query."""
        return _pairs(self.query)

    @cached_property
    def form(self) -> tuple[Parameter, ...] | None:
        """The first pairs of the form in its body. None if there is a form that was not read."""
        if self.has_body and not self.content:
            return None
        return _pairs(self.content.decode("latin-1"))

    def parameter(self, name: str) -> str:
        """Return a parameter of query or form, decoded; empty if it is absent or blank."""
        for pair in (*self.parameters, *(self.form or ())):
            if pair.name == name and pair.raw:
                return unquote_plus(pair.raw, errors="replace")
        return ""

    @cached_property
    def authorization(self) -> Authorization | Malformed | None:
        """The Authorization header as it was read. None if it is absent or blank."""
        value = self._first(AUTHORIZATION)
        return read_authorization(value) if value else None

    @cached_property
    def jwt(self) -> Jwt | None:
        """The access token, if it is a JWT."""
        return self.authorization.jwt if isinstance(self.authorization, Bearer) else None

    @cached_property
    def identifier(self) -> DeviceIdentifier | Malformed | None:
        """The AP-Device-Identifier as it was read. None if it is absent or blank."""
        value = self._first(IDENTIFIER)
        return read_device_identifier(value) if value else None

    @cached_property
    def token_kind(self) -> object:
        """The part of the Authorization header that checks of a request see: the properties of the token, without its owner and times."""
        authorization = self.authorization
        return authorization.kind if isinstance(authorization, Bearer | Signed) else authorization

    @cached_property
    def identifier_kind(self) -> object:
        """The part of the AP-Device-Identifier that checks of a request see: its mistakes."""
        identifier = self.identifier
        return identifier.kind if isinstance(identifier, DeviceIdentifier) else identifier

    @cached_property
    def info_text(self) -> str:
        """X-Device-Info; empty if it is absent or blank. Only v1 may have it as a parameter."""
        value = self._first(INFO)
        return value or (self.parameter("device_info") if self.version == "v1" else "")

    @cached_property
    def info(self) -> DeviceInfo | Malformed | None:
        """The X-Device-Info as it was read. None without one."""
        return read_device_info(self.info_text) if self.info_text else None

    @cached_property
    def described(self) -> DeviceInfo | None:
        """The content of X-Device-Info, if it could be read."""
        return self.info if isinstance(self.info, DeviceInfo) and self.info.malformed is None else None

    @cached_property
    def forwarded(self) -> tuple[Hop, ...]:
        """The first entries of X-Forwarded-For. Empty if it is absent or blank."""
        return read_forwarded(",".join(self._all(FORWARDED)))

    @cached_property
    def forwarded_count(self) -> int:
        """The number of entries of X-Forwarded-For."""
        return len(entries(",".join(self._all(FORWARDED))))

    @cached_property
    def client(self) -> Address | None:
        """The device's address that Adobe gets. None if it is unknown, as in a recording."""
        return parse_address(self._client) if self._client else None

    @cached_property
    def sso(self) -> dict[str, Jwt | Malformed]:
        """Its single sign-on tokens, by their headers."""
        if self.names.isdisjoint(SSO):  # the usual case
            return {}
        return {name: read_jwt(self._first(name)) for name in sorted(SSO) if self._first(name)}

    @cached_property
    def sso_names(self) -> frozenset[str]:
        """Its headers with single sign-on tokens."""
        return frozenset(self.sso)

    @cached_property
    def partner_status(self) -> PartnerStatus | Malformed | None:
        """The AP-Partner-Framework-Status as it was read. None if it is absent or blank."""
        value = self._first(STATUS)
        return read_partner_status(value) if value else None

    @cached_property
    def times(self) -> tuple[float | None, ...]:
        """The times at which the findings about this call may change: the beginning and the end of each token, and the end of v1.

        Each time is in seconds since the epoch. None: the token does not contain this time. In calls with the same fields and the same
        kinds of tokens, the same place of the tuple has the same meaning.
        """
        jwt = self.jwt
        times: tuple[float | None, ...] = (jwt.expires, starts(jwt)) if jwt is not None else ()
        if self.version == "v1":
            times += (V1_UNSUPPORTED, V1_END)
        if self.names.isdisjoint(_WITH_TIMES):  # the usual case
            return times
        for token in self.sso.values():
            if isinstance(token, Jwt):
                times += (token.expires, starts(token))
        if isinstance(self.partner_status, PartnerStatus):
            times += (self.partner_status.expires,)
        return times

    @cached_property
    def user_agent(self) -> str:
        """The beginning of the User-Agent."""
        return self._first(USER_AGENT)[:LONGEST_AGENT]

    @cached_property
    def agent(self) -> Agent:
        """The kind of program that sent the call. The User-Agent names it."""
        return read_agent(self.user_agent)

    @property
    def is_server(self) -> bool:
        """Whether the HTTP client of a server or a script sent the call."""
        return self.agent.is_server

    @property
    def is_browser(self) -> bool:
        """Whether a browser sent it. A television's built-in browser does not count."""
        return self.agent.is_browser

    @cached_property
    def is_roku(self) -> bool:
        """Whether a Roku sent it."""
        name = self.described.text("osName") or self.described.text("osVendor") if self.described else ""
        return self.agent.is_roku or _is_roku(name)

    @cached_property
    def device_tag(self) -> str:
        """Key of the device's identifier, the same in v1 and v2; empty without an identifier."""
        if self._own_identifier and not self.repeats:
            return tag(self._own_identifier)
        for raw, value in self.fields:
            if value and lower_name(raw) == IDENTIFIER:
                return tag(own_identifier(value.decode("latin-1")))
        identifier = device_identifier(Request(self.method, self.target, Headers(self.fields), self.content))
        return tag(identifier) if identifier else ""

    @cached_property
    def address_tag(self) -> str:
        """Key of the device's address by which Adobe throttles (X-Forwarded-For); empty if it is unknown."""
        address = ",".join(self._all(FORWARDED))
        if self.inbound and self._client:
            address = self._client
        address = address or self._client
        return tag(address) if address else ""

    @cached_property
    def source_tag(self) -> str:
        """The key of the device: the one that the gateway found, or the one from the call."""
        return tag(self._device) if self._device else self.device_tag or self.address_tag

    @cached_property
    def whole_tag(self) -> str:
        """Key of the parts of the call that checks see: method, target, fields, and a form. Other bodies are not included."""
        fields = b"\n".join([part for pair in self.fields for part in pair])
        return tag(f"{self.method} {self.target}\n{(fields + self.content).decode('latin-1')}")

    @cached_property
    def about_tag(self) -> str:
        """Key of the device's program and model, as User-Agent and X-Device-Info name them."""
        info = self.described
        about = " ".join([info.text(name) for name in ("model", "version", "osVersion")]) if info else ""
        return tag(self.user_agent + about)

    @cached_property
    def token_tag(self) -> str:
        """Key of the access token; empty without a token."""
        return tag(self.authorization.token) if isinstance(self.authorization, Bearer) else ""

    @cached_property
    def subject_tag(self) -> str:
        """Key of the client that the access token belongs to; empty if the token does not name it."""
        return tag(self.jwt.subject) if self.jwt and self.jwt.subject else ""


SKEW = 60.0
"""Largest difference of two clocks, in seconds."""
V1_UNSUPPORTED = 1_767_225_600.0
"""2026-01-01: v1 has had no support since (product announcements page)."""
V1_END = 1_798_761_600.0
"""2027-01-01: v1 ends before this date, as announced (product announcements page)."""


def starts(token: Jwt) -> float | None:
    """Return the time at which a token becomes valid. Clocks may differ, so it is a little earlier than the token says."""
    return None if token.not_before is None else token.not_before - SKEW


def is_form_route(method: str, target: str) -> bool:
    """Whether the parameters of this request may be in its body, as in v1 and in a token request."""
    return method in {"POST", "DELETE"} and target.startswith(("/reggie/", "/api/v1/", f"{CLIENTS}token"))


def tag(text: str) -> str:
    """Return a key that tells texts apart without showing them."""
    hashed = _TAG.copy()
    hashed.update(text.encode("latin-1", "replace"))
    return hashed.hexdigest()


_TAG = blake2b(digest_size=9)
"""An empty hash to copy, which takes less time than making one."""


@remembered(limit=1 << 18, longest=LONGEST_AGENT, size=lambda agent, _: 300 + len(agent))
def read_agent(text: str) -> Agent:
    """Return the kind of program that a User-Agent names."""
    mozilla = _MOZILLA.search(text)
    browser = mozilla and _BROWSER.search(text, mozilla.end())
    return Agent(bool(_SERVERS.match(text)), bool(browser) and not _DEVICES.search(text), _is_roku(text))


def _may_be_unfilled(text: str) -> bool:
    """Whether a value may be a placeholder, or a scheme and a placeholder. White space behind the scheme or the placeholder is ignored."""
    return len(text) <= LONGEST_UNFILLED or text[7:8].isspace() or text[-1].isspace()


def _is_roku(text: str) -> bool:
    return "roku" in text.lower() and _ROKU.search(text) is not None  # the first test is faster, and is mostly false


def _pairs(text: str) -> tuple[Parameter, ...]:
    pairs = (pair.partition("=") for pair in text.split("&", MOST_PAIRS)[:MOST_PAIRS] if pair)
    return tuple(Parameter(name, raw, bool(equals)) for name, equals, raw in pairs)
