"""The API's routes, and the small pattern language that a configuration uses for routes.

Facts
-----
* A pattern is compared with the common spelling of the path (`core/equivalence.py`): `%2F` is not a slash, and `.` is a dot.
* Methods are case-sensitive (RFC 9110 section 9.1).
* The page of a route says what the route requires and allows. Adobe's checklist requires the device's two headers on every call of v2.
  If a page does not define them, they may be absent or present.
* `authenticate` is a reserved first segment of v2. `code`, `sso` and `logout` hide an MVPD or a code with the same name.
"""

import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Literal, Self, TypeAlias

from msgspec import Struct, field

from gateway.core.bounded import remembered
from gateway.core.equivalence import equivalent_path
from gateway.core.value import repr_without

LOGOUT_ROUTES = (
    "DELETE /api/v1/logout{.json,.xml,}",
    "GET /api/v2/{serviceProvider}/logout/{mvpd}",
    "GET /api/v2/logout/{serviceProvider}/{mvpd}",  # the documentation's own TempPass sample has its segments in this order
    "GET /adobe-services/logout",  # the url in a logout's answer, which an app opens: without a host it leads to the gateway
)
"""The logouts of REST API v1 and v2, and the URL that v2's answer tells the app to open, as patterns."""
PRESETS: Mapping[str, tuple[str, ...]] = {
    "logout": LOGOUT_ROUTES,
    "v2": ("* /api/v2/{rest...}", LOGOUT_ROUTES[-1]),
    "all": ("* /{rest...}",),
}
"""Words for groups of routes: the logouts of both versions, all of v2 with the URL of its logout, and all requests."""
LONGEST_NAME = 3 * len("client")
"""Longest spelling of the segments `o` and `client`, in characters: each character may be an escape."""
CLIENTS = "/o/client/"
"""The paths of client registration and tokens. Their requests and answers are credentials."""

HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""Methods that a client may send (RFC 9110 section 9, RFC 5789). CONNECT is missing, since it has no path."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# the part of a request target before its query
_LITERAL = re.compile(r"[!$%&'()*+,\-./0-9:;=@A-Z_a-z~\[\]|^\"<>`\\\x80-\xff]+")
_PIECE = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_SEGMENTS = "(?:/[^/]*)*"
"""Any number of segments, each after a slash."""


class RoutePattern(Struct, frozen=True):
    """A method and a path with holes, such as `GET /api/v2/{serviceProvider}/logout/{mvpd}`.

    `{name}` matches one whole segment. `{name...}` matches any number of segments, also zero. `{.json,.xml,}` matches one of the texts
    between its commas; the last one is empty here. The method `*` matches any method. Other text matches itself. `parse` makes a pattern.
    """

    text: str
    """The pattern as it was written."""
    method: str
    path: re.Pattern[str]

    __repr__, __rich_repr__ = repr_without("path")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern. Raises ValueError with the expected and the found text."""
        method, space, path = text.partition(" ")
        if not space or not method or method != method.upper() or "/" in method:
            raise ValueError(
                _unexpected('a method in capitals, a space and a path, such as "DELETE /api/v1/logout"', text)
            )
        if method not in {"*", *HTTP_METHODS}:
            raise ValueError(_unexpected(f"one of {', '.join(HTTP_METHODS)}, or * for any of them", method))
        if not path.startswith("/"):
            raise ValueError(_unexpected("a path that begins with /", path))
        return cls(text, method, re.compile(rf"\A{_expression(path)}"))

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request is on this route. `path` is the target up to its query, as on the wire or in an equivalent spelling."""
        return self.matches_spelled(method, equivalent_path(path))

    def matches_spelled(self, method: str, path: str) -> bool:
        """Return whether it matches a path from `equivalent_path`. So one spelled path serves several routes."""
        return self.method in {"*", method} and self.path.fullmatch(path) is not None

    @property
    def is_of_clients(self) -> bool:
        """Whether it matches only routes of clients' credentials."""
        return is_of_clients(equivalent_path(self.text.partition(" ")[2].partition("{")[0]))

    def __str__(self) -> str:
        return self.text


def is_of_clients(path: str) -> bool:
    """Whether a path, in any spelling, is for client registration or tokens."""
    if "client" not in path and "%" not in path:
        return False
    segments = (one for one in path.split("/") if one not in {"", "."})
    first = [equivalent_path(one) for one in islice(segments, 2) if len(one) <= LONGEST_NAME]
    return "/".join(["", *first, ""]) == CLIENTS


def _expression(path: str, *, named: bool = False) -> str:
    """Translate the path of a pattern into a regular expression. `named`: each hole becomes a group with its name."""
    if not {".", ".."}.isdisjoint(equivalent_path(path).split("/")):
        raise ValueError(_unexpected("a path without the segments . and .., which every client resolves", path))
    parts: list[str] = []
    for piece in _PIECE.finditer(path):
        hole, literal, brace = piece.groups()
        if brace is not None:
            raise ValueError(_unexpected("{ and } in pairs, one inside no other", path))
        if literal is None:
            parts.append(_hole(hole, path, piece, named=named))
        elif "*" in literal:
            raise ValueError(_unexpected("{name} for one segment, {name...} for any number of them", path))
        elif not _LITERAL.fullmatch(literal):
            raise ValueError(_unexpected("a path as it is on the wire, without spaces, ? and #", literal))
        else:
            parts.append(re.escape(equivalent_path(literal)))
    if parts.count(_SEGMENTS) > 1:
        raise ValueError(_unexpected("{name...} once at most", path))
    return "".join(parts).replace(f"/{_SEGMENTS}", _SEGMENTS)  # the slash belongs to the first segment


def _hole(hole: str, path: str, piece: re.Match[str], *, named: bool) -> str:
    """Translate the part between { and }."""
    if "," in hole:
        texts = hole.split(",")
        if not all(_LITERAL.fullmatch(text) for text in texts if text):
            raise ValueError(_unexpected("between the commas, texts as they are on the wire", hole))
        return f"(?:{'|'.join(re.escape(equivalent_path(text)) for text in texts)})"
    name = hole.removesuffix("...")
    if not _NAME.fullmatch(name):
        raise ValueError(_unexpected("a name, or texts with commas between them, inside { }", hole))
    if path[piece.start() - 1] != "/" or path[piece.end() : piece.end() + 1] not in {"", "/"}:
        raise ValueError(_unexpected(f"{{{hole}}} as a whole segment, between slashes", path))
    if name != hole:
        return _SEGMENTS
    return f"(?P<{hole}>[^/]+)" if named else "[^/]+"


def _unexpected(expected: str, found: str) -> str:
    return f"expected {expected}, found {json.dumps(found[:80])}"


Version: TypeAlias = Literal["v2", "v1", "dcr", "other"]
Misplaced: TypeAlias = Literal["", "method", "swapped", "no mvpd", "unknown"]

AUTHORIZATION = "authorization"
IDENTIFIER = "ap-device-identifier"
INFO = "x-device-info"
SUBJECT = "adobe-subject-token"
ROKU = "x-roku-reserved-roku-connect-token"
SERVICE = "ad-service-token"
VISITOR = "ap-visitor-identifier"
STATUS = "ap-partner-framework-status"
TEMP_PASS = "ap-temppass-identity"  # noqa: S105  # the name of a header

SSO = frozenset({SUBJECT, ROKU, SERVICE})
OPTIONAL = SSO | {VISITOR, STATUS, TEMP_PASS}
"""The headers that only some routes of v2 define."""

METHODS = ("GET", "POST", "DELETE")
"""The HTTP methods of the API."""
LONGEST_PATH = 1024
"""Longest path that is compared with the routes, in characters."""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Route(Struct, frozen=True, eq=False):
    """One operation of an API, and the rules of its page for requests."""

    name: str
    """Its name: `v2 logout`."""
    version: Version
    methods: frozenset[str]
    requires: frozenset[str] = frozenset()
    """The required header fields, in lower case."""
    allows: frozenset[str] = frozenset()
    """The headers of `OPTIONAL` that it defines."""
    content: str = ""
    """The media type of its request's body; empty without a body."""
    parameters: frozenset[str] | None = None
    """The parameters that its query may have; None if the page does not say it."""
    needs: frozenset[str] = frozenset()
    """The required parameters, in the query or in a form."""
    browser: bool = False
    """True: a browser calls it without the API's headers, and gets HTML or a redirect."""

    @property
    def json(self) -> bool:
        """Whether its answer is JSON."""
        return self.version in {"v2", "dcr"} and not self.browser


class Place(Struct, frozen=True):
    """A request's route, the values in its path, and the mistakes of its path."""

    route: Route | None
    holes: Mapping[str, str] = field(default_factory=dict)
    misplaced: Misplaced = ""


_A, _D, _X = AUTHORIZATION, IDENTIFIER, INFO
_P, _S, _V = {SUBJECT, ROKU}, {SERVICE}, {VISITOR}
_NONE: frozenset[str] = frozenset()


def _v2(
    name: str,
    method: str,
    path: str,
    requires: set[str],
    allows: set[str],
    content: str = "",
    parameters: frozenset[str] | None = _NONE,
    *,
    browser: bool = False,
) -> tuple[str, Route]:
    route = Route(
        f"v2 {name}",
        "v2",
        frozenset({method}),
        frozenset(requires),
        frozenset(allows),
        content,
        parameters,
        browser=browser,
    )
    return path, route


def _v1(name: str, method: str, path: str, needs: str = "", *, browser: bool = False) -> tuple[str, Route]:
    route = Route(f"v1 {name}", "v1", frozenset({method}), needs=frozenset(needs.split()), browser=browser)
    return path, route


_TABLE: tuple[tuple[str, Route], ...] = (
    _v2("authenticate", "GET", "/api/v2/authenticate/{sp}/{code}", set(), set(), parameters=None, browser=True),
    _v2("configuration", "GET", "/api/v2/{sp}/configuration{/,}", {_A}, set(), parameters=None),
    _v2("partner session", "POST", "/api/v2/{sp}/sessions/sso/{partner}", {_A, _D, _X}, _V | {STATUS}, FORM),
    _v2("partner profile", "POST", "/api/v2/{sp}/profiles/sso/{partner}", {_A, _D, _X}, _V | {STATUS}, FORM),
    _v2("create session", "POST", "/api/v2/{sp}/sessions", {_A, _D, _X}, _P | _S | _V, FORM),
    _v2("resume session", "POST", "/api/v2/{sp}/sessions/{code}", {_A}, _V, FORM),
    _v2("session", "GET", "/api/v2/{sp}/sessions/{code}", {_A}, _V),
    _v2("profile by code", "GET", "/api/v2/{sp}/profiles/code/{code}", {_A}, _V | {TEMP_PASS}),
    _v2("profiles", "GET", "/api/v2/{sp}/profiles", {_A, _D, _X}, _P | _S | _V | {STATUS}),
    _v2("profile", "GET", "/api/v2/{sp}/profiles/{mvpd}", {_A, _D, _X}, _P | _S | _V | {STATUS, TEMP_PASS}),
    _v2("authorize", "POST", "/api/v2/{sp}/decisions/authorize/{mvpd}", {_A, _D, _X}, set(OPTIONAL), JSON),
    _v2("preauthorize", "POST", "/api/v2/{sp}/decisions/preauthorize/{mvpd}", {_A, _D, _X}, set(OPTIONAL), JSON),
    _v2("logout", "GET", "/api/v2/{sp}/logout/{mvpd}", {_A, _D, _X}, _P | _S | _V, "", frozenset({"redirectUrl"})),
    _v1("create regcode", "POST", "/reggie/v1/{sp}/regcode{.json,.xml,}", "deviceId"),
    _v1("regcode", "GET", "/reggie/v1/{sp}/regcode/{code}"),
    _v1("delete regcode", "DELETE", "/reggie/v1/{sp}/regcode/{code}"),
    _v1("configuration", "GET", "/api/v1/config/{sp}", browser=True),
    _v1("free preview", "POST", "/api/v1/authenticate/freepreview{.json,.xml,}", "requestor_id deviceId mso_id"),
    _v1("authenticate", "GET", "/api/v1/authenticate{.json,.xml,}", browser=True),
    _v1("check authentication", "GET", "/api/v1/checkauthn{.json,.xml,}", "requestor deviceId"),
    _v1("check authentication by code", "GET", "/api/v1/checkauthn/{code}", "requestor"),
    _v1("authentication token", "GET", "/api/v1/tokens/authn{.json,.xml,}", "requestor deviceId"),
    _v1("partner profile", "POST", "/api/v1/tokens/authn{.json,.xml,}", "requestor deviceId"),
    _v1("authorization token", "GET", "/api/v1/tokens/authz{.json,.xml,}", "requestor deviceId resource"),
    _v1("media token", "GET", "/api/v1/{tokens/media,mediatoken}{.json,.xml,}", "requestor deviceId resource"),
    _v1("authorize", "GET", "/api/v1/authorize{.json,.xml,}", "requestor deviceId resource"),
    _v1("preauthorize", "GET", "/api/v1/preauthorize{.json,.xml,}", "requestor deviceId resource"),
    _v1("preauthorize by code", "GET", "/api/v1/preauthorize/{code}", "requestor resource"),
    _v1("user metadata", "GET", "/api/v1/tokens/usermetadata{.json,.xml,}", "requestor deviceId"),
    _v1("partner request", "GET", "/api/v1/{sp}/profile-requests/{mvpd}"),
    _v1("logout", "DELETE", "/api/v1/logout{.json,.xml,}", "deviceId"),  # the page does not mark requestor as mandatory
    ("/o/client/register", Route("register", "dcr", frozenset({"POST"}), content=JSON)),
    ("/o/client/token", Route("token", "dcr", frozenset({"POST"}), content=FORM)),
)  # fmt: skip

_ROUTES = tuple((re.compile(_expression(path, named=True)), route) for path, route in _TABLE)


class _OfMethod(Struct, frozen=True):
    """The routes of one method."""

    any: re.Pattern[str]
    """Matches the path of each route. The last group that matched tells which route it is."""
    routes: tuple[tuple[re.Pattern[str], Route], ...]


_OF_METHODS = {
    method: _OfMethod(
        re.compile("|".join([f"(?:{_expression(path)})()" for path, route in _TABLE if method in route.methods])),
        tuple([entry for entry in _ROUTES if method in entry[1].methods]),
    )
    for method in sorted({method for _, route in _TABLE for method in route.methods})
}
ROUTES: Mapping[str, Route] = {route.name: route for _, route in _TABLE}
"""The routes of both versions, by name."""
_TEMPLATES = {route.name: path for path, route in _TABLE}
OTHER = "other"
"""Stands for every path that is not a route."""

_SWAPPED = {
    "logout": re.compile(r"/api/v2/logout/(?P<sp>[^/]+)/(?P<mvpd>[^/]+)"),
    "session": re.compile(r"/api/v2/sessions/(?P<sp>[^/]+)/(?P<code>[^/]+)"),
    "profile": re.compile(r"/api/v2/profiles/(?P<sp>[^/]+)/(?P<mvpd>[^/]+)"),
}
_NO_MVPD = re.compile(r"/api/v2/(?:(?P<sp>[^/]+)/)?logout/?")
_API = re.compile(r"/++(?:api/++v[12]|reggie/++v1)(?:/.*)?", re.DOTALL)
"""The routes, also with double slashes: a client may join a base that ends in a slash and a path that begins with one."""


@remembered(longest=1024, size=lambda key, _: 1000 + 5 * len(key[1]))  # a route is shared
def place_of(method: str, path: str) -> Place:
    """Return the route of a request. A request whose method or path differs a little from a route is on it, but misplaced."""
    of_method = _OF_METHODS.get(method)
    if of_method is not None and (known := of_method.any.fullmatch(path)) is not None:
        pattern, route = of_method.routes[(known.lastindex or 0) - 1]
        found = pattern.fullmatch(path)
        assert found is not None  # noqa: S101  # it has just matched
        return Place(route, found.groupdict())
    other: Place | None = None
    for pattern, route in _ROUTES:
        found = pattern.fullmatch(path)
        if found and other is None:
            other = Place(route, found.groupdict(), "method")
    if other is not None:
        return other if method != "OPTIONS" else Place(None)  # a browser's preflight (CORS), which no page describes
    for name, pattern in _SWAPPED.items():
        if found := pattern.fullmatch(path):
            return Place(ROUTES[f"v2 {name}"], found.groupdict(), "swapped")
    if found := _NO_MVPD.fullmatch(path):
        return Place(ROUTES["v2 logout"], {"sp": found["sp"] or ""}, "no mvpd")
    return Place(None, misplaced="unknown" if _API.fullmatch(path) else "")


@remembered(longest=1024)
def template_of(method: str, path: str) -> str:
    """Return the template of a request's route, such as `/api/v2/{sp}/logout/{mvpd}`; `OTHER` without a route."""
    place = place_of(method, equivalent_path(path)) if len(path) <= LONGEST_PATH else None
    return _TEMPLATES[place.route.name] if place is not None and place.route is not None else OTHER


def route_patterns() -> tuple[str, ...]:
    """Return the routes of both versions in the form of a configuration: `GET /api/v2/{sp}/logout/{mvpd}`."""
    return tuple(f"{method} {path}" for path, route in _TABLE for method in sorted(route.methods))
