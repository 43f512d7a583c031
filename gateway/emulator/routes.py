"""Which handler answers which path, read from top to bottom, and the pure `answer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from gateway.emulator.errors import enhanced_error, v1_error
from gateway.emulator.logout import logout
from gateway.emulator.logout_v1 import logout_v1
from gateway.emulator.model import Asked
from gateway.emulator.profiles import profile, profiles
from gateway.emulator.registration import register, token
from gateway.emulator.throttle import too_many

if TYPE_CHECKING:
    from gateway.emulator.catalogue import Catalogue
    from gateway.emulator.model import Answer, Call, Handler, LoggedOut, Options


class Route(NamedTuple):
    """One path, the one method that it takes, and who answers."""

    method: str
    path: str
    handler: Handler


ROUTES = (
    Route("DELETE", "/api/v1/logout", logout_v1),
    Route("DELETE", "/api/v1/logout.json", logout_v1),
    Route("DELETE", "/api/v1/logout.xml", logout_v1),
    Route("POST", "/o/client/register", register),
    Route("POST", "/o/client/token", token),
    Route("GET", "/api/v2/{service_provider}/logout/{mvpd}", logout),
    Route("GET", "/api/v2/{service_provider}/logout", logout),  # as the FAQ prints it, without its MVPD: a 400
    Route("GET", "/api/v2/{service_provider}/profiles", profiles),
    Route("GET", "/api/v2/{service_provider}/profiles/{mvpd}", profile),
    Route("GET", "/api/v2/logout/{service_provider}/{mvpd}", logout),  # sample 7 has its segments in this order
)

LONGEST_PATH = 8192
"""Characters of a path; a longer one names nothing that is known here."""
_SEGMENTS = tuple((route, tuple(route.path.split("/"))) for route in ROUTES)


def find(call: Call) -> tuple[Route | None, dict[str, str]]:
    """Return the route of the call's path, whatever its method, and what the path names.

    A path is cut into segments before they are decoded, so a `%2F` never makes a segment of its own.
    """
    if len(call.path) > LONGEST_PATH:
        return None, {}
    path = call.path.split("/")
    for route, template in _SEGMENTS:
        if len(path) == len(template) and all(a == b or b[:1] == "{" for a, b in zip(path, template, strict=True)):
            named = zip(template, path, strict=True)
            return route, {name.strip("{}"): unquote(text, "latin-1") for name, text in named if name[:1] == "{"}
    return None, {}


def read(call: Call, options: Options, catalogue: Catalogue) -> tuple[Route | None, Asked]:
    """Return the call's route, and the call as the route's handler sees it."""
    route, named = find(call)
    return route, Asked(call, options, catalogue, **named)


def answer(route: Route | None, asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Answer a call, and say what is logged out afterwards: pure, like every handler behind it."""
    call = asked.call
    asked_for = call.header("X-Emulator-Status")
    if asked_for == "429":
        return too_many(call), gone
    if asked_for == "500":
        is_v1 = call.path.startswith("/api/v1/")
        return v1_error(call, 500, "Internal Server Error") if is_v1 else enhanced_error(
            call, "internal_server_error"
        ), gone
    if route is None:
        return enhanced_error(call, "not_found"), gone
    if call.method != route.method:
        return enhanced_error(call, "method_not_allowed", ("Allow", route.method)), gone
    return route.handler(asked, gone)
