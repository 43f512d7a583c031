"""The handler of each path. The list is read from top to bottom."""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.emulator import decisions, partner_sso, sessions, v1_codes, v1_tokens
from gateway.emulator.authenticate import authenticate
from gateway.emulator.configuration import configuration, configuration_v1
from gateway.emulator.logout import logout
from gateway.emulator.logout_v1 import logout_v1
from gateway.emulator.model import Call, Handler, decoded
from gateway.emulator.mvpd_logout import mvpd_logout
from gateway.emulator.profiles import profile, profile_by_code, profiles
from gateway.emulator.registration import register, token


class Route(NamedTuple):
    """A path, a method, and their handler."""

    method: str
    path: str
    handler: Handler


ROUTES = (
    Route("POST", "/o/client/register", register),
    Route("POST", "/o/client/token", token),
    # v2. Fixed segments, such as code and sso, go before an MVPD or a code of the same name.
    Route("GET", "/api/v2/authenticate/{service_provider}/{code}", authenticate),
    Route("GET", "/api/v2/{service_provider}/configuration", configuration),
    Route("GET", "/api/v2/{service_provider}/configuration/", configuration),  # as in the page's sample
    Route("POST", "/api/v2/{service_provider}/sessions/sso/{partner}", partner_sso.partner_session),
    Route("POST", "/api/v2/{service_provider}/profiles/sso/{partner}", partner_sso.partner_profile),
    Route("POST", "/api/v2/{service_provider}/sessions", sessions.create),
    Route("POST", "/api/v2/{service_provider}/sessions/{code}", sessions.resume),
    Route("GET", "/api/v2/{service_provider}/sessions/{code}", sessions.session),
    Route("GET", "/api/v2/{service_provider}/profiles/code/{code}", profile_by_code),
    Route("GET", "/api/v2/{service_provider}/profiles", profiles),
    Route("GET", "/api/v2/{service_provider}/profiles/{mvpd}", profile),
    Route("POST", "/api/v2/{service_provider}/decisions/authorize/{mvpd}", decisions.authorize),
    Route("POST", "/api/v2/{service_provider}/decisions/preauthorize/{mvpd}", decisions.preauthorize),
    Route("GET", "/api/v2/{service_provider}/logout/{mvpd}", logout),
    Route("GET", "/api/v2/{service_provider}/logout", logout),  # as in the FAQ, without an MVPD: a 400
    # Two samples have their segments in this order; strict refuses it.
    Route("GET", "/api/v2/logout/{service_provider}/{mvpd}", logout),
    Route("GET", "/api/v2/sessions/{service_provider}/{code}", sessions.session),
    Route("GET", "/adobe-services/logout", mvpd_logout),
    # v1. A path may end in .json or .xml.
    Route("POST", "/reggie/v1/{service_provider}/regcode", v1_codes.create),
    Route("GET", "/reggie/v1/{service_provider}/regcode/{code}", v1_codes.show),
    Route("DELETE", "/reggie/v1/{service_provider}/regcode/{code}", v1_codes.delete),
    Route("GET", "/api/v1/config/{service_provider}", configuration_v1),
    Route("POST", "/api/v1/authenticate/freepreview", v1_tokens.free_preview),
    Route("GET", "/api/v1/authenticate", v1_codes.authenticate_v1),
    Route("GET", "/api/v1/checkauthn", v1_tokens.check),
    Route("GET", "/api/v1/checkauthn/{code}", v1_tokens.check_by_code),
    Route("GET", "/api/v1/tokens/authn", v1_tokens.authentication),
    Route("POST", "/api/v1/tokens/authn", v1_tokens.exchange),
    Route("GET", "/api/v1/tokens/authz", v1_tokens.authorization),
    Route("GET", "/api/v1/tokens/media", v1_tokens.media),
    Route("GET", "/api/v1/mediatoken", v1_tokens.media),
    Route("GET", "/api/v1/authorize", v1_tokens.authorize),
    Route("GET", "/api/v1/preauthorize", v1_tokens.preauthorize),
    Route("GET", "/api/v1/preauthorize/{code}", v1_tokens.preauthorize_by_code),
    Route("GET", "/api/v1/tokens/usermetadata", v1_tokens.metadata),
    Route("GET", "/api/v1/{service_provider}/profile-requests/{mvpd}", v1_tokens.profile_request),
    Route("DELETE", "/api/v1/logout", logout_v1),
)

LONGEST_PATH = 8192
"""Longest path that is matched, in characters."""
_SUFFIX = re.compile(r"\.(?:json|xml)\Z")
_SEGMENTS = tuple((route, tuple(route.path.split("/"))) for route in ROUTES)
_BY_LENGTH = {
    length: tuple(pair for pair in _SEGMENTS if len(pair[1]) == length)
    for length in {len(template) for _, template in _SEGMENTS}
}
"""The routes and their segments, by the number of segments."""
_SWAPPED = ("/api/v2/logout/", "/api/v2/sessions/")


class Found(NamedTuple):
    """The route of a call."""

    route: Route | None
    """The route of the path and the method. If the method does not match: a route of the path."""
    named: dict[str, str]
    """The values in the path."""
    allowed: tuple[str, ...] = ()
    """The methods that the path accepts, if the call's method is not one of them."""

    @property
    def swapped(self) -> bool:
        """Whether the path's segments are in the wrong order of a documentation sample."""
        return self.route is not None and self.route.path.startswith(_SWAPPED)


def find(call: Call) -> Found:
    """Return the route of a call.

    A path is cut into segments before they are decoded. So a `%2F` never separates segments.
    """
    if len(call.path) > LONGEST_PATH:
        return Found(None, {})
    spelled = _SUFFIX.sub("", call.path) if call.path.startswith(("/api/v1/", "/reggie/v1/")) else call.path
    path = spelled.split("/")
    allowed: list[str] = []
    other: Route | None = None
    for route, template in _BY_LENGTH.get(len(path), ()):
        if all(a == b or b[:1] == "{" for a, b in zip(path, template, strict=True)):
            if route.method == call.method:
                named = zip(template, path, strict=True)
                values = {name.strip("{}"): decoded(text) for name, text in named if name[:1] == "{"}
                return Found(route, values)
            # A fixed segment hides the other routes of this path: in GET …/profiles/sso/…, `sso` is not an MVPD.
            other, allowed = other or route, [*allowed, route.method]
    return Found(other, {}, tuple(dict.fromkeys(allowed)))
