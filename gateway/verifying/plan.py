"""Decides which requests of a cassette are sent to a live upstream, and why the other requests are not sent.

Facts
-----
* A cassette holds no tokens. So the caller's token is sent where the recorded request had an Authorization field. A tool other than the
  gateway may have recorded no Authorization field. So each request that it recorded gets the caller's token, too, unless its answer was
  401.
* Some pseudonyms do not disturb the comparison, so they are sent: a device's identifier, a visitor's id, the contents of a redirectUrl,
  and the members of X-Device-Info. A device under a pseudonym is not logged in.
* Adobe would refuse a pseudonym of an SSO token, a registration code or a credential. A request with such a pseudonym is not sent.
* If a logout is not sent, the later requests of its device would get other answers. So these requests are not sent either. A logout that
  was recorded as failed did not end a login, so it does not count.
* Fields with addresses are not sent. The calling device is this machine, and Adobe throttles by address.
* Without permission, only GET and HEAD requests (RFC 9110 section 9.2.1) of known routes are sent, and no logouts. Every other request
  may change something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from gateway.core.adobe.json_text import Json, read_json
from gateway.core.adobe.routes import place_of
from gateway.core.devices import device_identifier
from gateway.core.headers import end_to_end
from gateway.core.model import Interaction, Request
from gateway.core.secrets.pseudonyms import is_pseudonym, is_pseudonym_bytes
from gateway.verifying.reasons import CHANGES, FOLLOWS, LOGOUT, WAS_REFUSED, WAS_THROTTLED, Reason

THROTTLED, UNAUTHORIZED, ERRORS = 429, 401, 400
_NOT_SENT = frozenset(
    {
        "accept-encoding",  # the answer is read here, so no compression is asked for
        "ap-visitor-identifier",  # optional, and Adobe would count a pseudonym as a visitor
        "cf-connecting-ip", "cookie", "content-length", "expect", "forwarded", "host", "true-client-ip", "x-client-ip", "x-forwarded-for",
        "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip",
    }
)  # fmt: skip
_MAY_BE_PSEUDONYMOUS = frozenset({"authorization", "ap-device-identifier", "proxy-authorization", "referer"})
"""Fields whose pseudonyms do not matter: the field is replaced, it ends at this hop, or its pseudonym may be sent."""
_PART = re.compile(r"[A-Za-z0-9][\w.-]{10,}+", re.ASCII)
"""A part of a value that may be a pseudonym."""
_HARMLESS = frozenset({"ap_vi", "deviceid", "deviceuser", "redirecturl", "redirect_url"})
"""Parameters whose pseudonyms may be sent, in lower case."""
_OVERRIDES = ("x-http-method", "x-method-override")


class Plan(Struct, frozen=True):
    """Decides for each interaction whether its request is sent."""

    upstream: str
    token: str
    allow_destructive: bool

    def __call__(self, interactions: Sequence[Interaction]) -> list[tuple[Interaction, Request | Reason]]:
        """Return for each interaction the request to send, or the reason why it is not sent."""
        planned: list[tuple[Interaction, Request | Reason]] = []
        still_logged_in: set[str] = set()
        for interaction in interactions:
            what, device = self._request(interaction), device_identifier(interaction.request)
            if destructive(interaction.request) is LOGOUT:  # a logout is not skipped because of an earlier logout
                if isinstance(what, Reason) and interaction.response.status < ERRORS:
                    still_logged_in.add(device)
            elif isinstance(what, Request) and device in still_logged_in:
                what = FOLLOWS
            planned.append((interaction, what))
        return planned

    def _request(self, interaction: Interaction) -> Request | Reason:
        recorded, status = interaction.request, interaction.response.status
        authorized = "Authorization" in recorded.headers
        if status == THROTTLED:
            return WAS_THROTTLED
        if status == UNAUTHORIZED and authorized:
            return WAS_REFUSED
        place = next(pseudonymous(recorded), None)
        if place is not None:
            return Reason(f"with a pseudonym for {place}")
        if not self.allow_destructive and (reason := destructive(recorded)):
            return reason
        headers = end_to_end(recorded.headers).without(*_NOT_SENT)
        ours = "redaction" in interaction.about
        if authorized or (not ours and status != UNAUTHORIZED):
            headers = headers.with_("Authorization", f"Bearer {self.token}")
        return Request(recorded.method, recorded.target, headers, recorded.body, upstream=self.upstream)


def pseudonymous(request: Request) -> Iterator[str]:
    """Yield the places with a pseudonym that the upstream would refuse or misunderstand."""
    for segment in request.path.split("/"):
        if is_pseudonym(_decoded(segment)):
            yield "a registration code"
    yield from _parameters(request.query)
    for name, value in request.headers.items():
        lower = name.lower()
        if lower not in _NOT_SENT | _MAY_BE_PSEUDONYMOUS and _holds_pseudonym(value):
            yield name
    body = request.body if isinstance(request.body, bytes) else b""
    parsed = read_json(body)
    if isinstance(parsed, Json) and isinstance(parsed.value, dict | list):
        if any(map(_holds_pseudonym, _texts(parsed.value))):
            yield "what its body holds"
    else:
        yield from _parameters(body.decode("latin-1").strip())


def _parameters(text: str) -> Iterator[str]:
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if _decoded(name).lower() not in _HARMLESS and _holds_pseudonym(_decoded(value)):
            yield _decoded(name)


def _holds_pseudonym(text: str) -> bool:
    return is_pseudonym(text) or any(is_pseudonym(part) for part in _PART.findall(text))


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in a JSON value. A list instead of recursion allows any depth."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as inner:
                waiting += inner.values()
            case list() as inner:
                waiting += inner


def destructive(request: Request) -> Reason | None:
    """Return why a request may change something. None for a GET or HEAD of a known route that is not a logout."""
    place = place_of(request.method, request.path)
    if place.route is not None and place.route.name in {"v1 logout", "v2 logout"}:
        return LOGOUT
    plain = not any(sign in request.path for sign in ("%", "/.", ";", "\\"))
    safe = request.method in {"GET", "HEAD"} and place.route is not None and not place.misplaced and plain
    overridden = any(name.lower().startswith(_OVERRIDES) for name in request.headers)
    return None if safe and not overridden else CHANGES


def is_of_nobody(request: Request) -> bool:
    """Whether the request's device has a pseudonym. Such a device is not logged in anywhere."""
    identifier = device_identifier(request)
    return bool(identifier) and is_pseudonym_bytes(identifier.encode("latin-1", "replace"))


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8", "replace")
