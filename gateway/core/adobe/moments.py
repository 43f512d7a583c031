"""The documented times in an answer: finds them, tells which of them are ends, and moves them to a later time.

Facts
-----
| what | where | unit | source |
|---|---|---|---|
| notBefore, notAfter, issuedAt | JSON of v2: profiles, sessions, the tokens of decisions | ms, a number or a text | the v2 pages |
| expiration_date | an attribute of a TempPass profile, as its value | ms | profiles/{mvpd} |
| expires, generated | JSON and XML of v1: tokens, registration codes | ms | the v1 pages |
| client_id_issued_at, created_at | client registration | s, ms | the DCR pages |
| exp, nbf, iat | claims of a JWT at any place in a body, and JSON members | s | RFC 7519, RFC 7662 |
| Date, Expires, Retry-After, Expires of Set-Cookie | header fields | a date | RFC 9110, RFC 9111, RFC 6265 |

* A number of ten digits counts seconds, and a number of thirteen digits milliseconds. Other numbers are not times. `expires_in` and
  `max-age` count from the answer, so they are always right.
* Only digits change. So a body keeps its form and its length, even invalid JSON. A date more than a day before the recording means "not
  any more" (`Expires: Thu, 01 Jan 1970 …`), and is not moved.
* A pseudonymous JWT keeps its dates (`core/secrets/pseudonyms.py`). It has no valid signature, so its dates can be moved.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.model import Headers, Response
from gateway.core.secrets.pseudonyms import unb64
from gateway.core.secrets.scrub import JWT
from gateway.core.times import seconds_of_date

ENDS = frozenset({b"notAfter", b"expiration_date", b"expires", b"exp"})
"""Names of times at which something ends."""
DAY = 86400
MS_DIGITS = 13
_ANYWHERE = rb"notBefore|notAfter|issuedAt|expiration_date|client_id_issued_at|exp|nbf|iat"
_OF_THE_API = rb"|expires|generated|created_at"
_VALUE = rb"\s*+:\s*+(?:\{[^{}]{0,80}?\"value\"\s*+:\s*+)?\"?(\d{13}|\d{10})(?![\d.eE])"
_JSON = re.compile(rb'"(' + _ANYWHERE + rb')"' + _VALUE)
_JSON_OF_THE_API = re.compile(rb'"(' + _ANYWHERE + _OF_THE_API + rb')"' + _VALUE)
_CREATED = re.compile(rb'"created_at"\s*+:\s*+(\d{13})(?!\d)')
_LIVES = re.compile(rb'"expires_in"\s*+:\s*+(\d{1,9})(?!\d)')
_XML = re.compile(rb"<(expires|generated|notAfter|notBefore)>\s*+(\d{13})\s*+</")
_DATE_FIELDS = frozenset({b"date", b"expires", b"retry-after"})
_COOKIE_END = re.compile(rb"(;\s*+expires=)([^;]*+)", re.IGNORECASE)
_API = ("/api/v1/", "/reggie/v1/", "/o/client/")
"""Paths whose answers have the documented `expires`, `generated` and `created_at`."""


class Moment(Struct, frozen=True):
    """A time in a body, as a number."""

    start: int
    stop: int
    value: int
    ends: bool
    """Whether something ends at this time."""

    @property
    def seconds(self) -> float:
        """The time, in seconds since the epoch."""
        return self.value / 1000 if self.stop - self.start == MS_DIGITS else float(self.value)


class Claims(Struct, frozen=True):
    """The claims of a JWT in a body, and the times in them."""

    start: int
    stop: int
    payload: bytes
    moments: tuple[Moment, ...]


Places: TypeAlias = tuple[Moment | Claims, ...]
"""The times in a body, in the order of the body."""


def moments_in(path: str, body: bytes) -> Places:
    """Return the places of the times in an answer's body. `path` is the path of the request."""
    of_the_api = path.startswith(_API)
    found: list[Moment | Claims] = [*_numbers(_JSON_OF_THE_API if of_the_api else _JSON, body)]
    if of_the_api:
        found += _numbers(_XML, body)
    if b"eyJ" in body:
        found += _claims(body)
    found.sort(key=lambda place: place.start)
    return tuple(found)


def _numbers(pattern: re.Pattern[bytes], body: bytes) -> Iterator[Moment]:
    for one in pattern.finditer(body):
        yield Moment(one.start(2), one.end(2), int(one[2]), one[1] in ENDS)


def _claims(body: bytes) -> Iterator[Claims]:
    for token in JWT.finditer(body.decode("latin-1")):
        parts = token[2].split(".")
        if len(parts) != 3:  # noqa: PLR2004  # five are encrypted: nobody but its receiver reads them
            continue
        payload = unb64(parts[1])
        if moments := tuple(_numbers(_JSON, payload)):
            start = token.start(2) + len(parts[0]) + 1
            yield Claims(start, start + len(parts[1]), payload, moments)


def ends_of(places: Sequence[Moment | Claims]) -> Iterator[float]:
    """Yield the times at which something ends, in seconds since the epoch."""
    for place in places:
        for moment in place.moments if isinstance(place, Claims) else (place,):
            if moment.ends:
                yield moment.seconds


def end_of_life(path: str, body: bytes) -> float | None:
    """Return the end of an access token, from an answer with its creation time and its lifetime. None for another answer."""
    made, lives = _CREATED.search(body), _LIVES.search(body)
    if not path.startswith("/o/client/") or made is None or lives is None:
        return None
    return int(made[1]) / 1000 + int(lives[1])


def later(response: Response, places: Places, *, by: float, recorded_at: float) -> Response:
    """Return an answer with its times moved by `by` seconds. `places` are the times of its body, which must be whole."""
    headers = Headers(tuple((name, _later_field(name, value, by, recorded_at)) for name, value in response.headers.raw))
    body = response.body
    if isinstance(body, bytes) and places:
        body = _later_body(body, places, by)
        if "Content-Length" in headers:
            headers = headers.with_("Content-Length", str(len(body)))
    return replace(response, headers=headers, body=body)


def _later_body(body: bytes, places: Sequence[Moment | Claims], by: float) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for place in places:
        if place.start < at:  # a time inside a token, in a member with the name of a time
            continue
        pieces.append(body[at : place.start])
        if isinstance(place, Claims):
            pieces.append(urlsafe_b64encode(_later_body(place.payload, place.moments, by)).rstrip(b"="))
        else:
            unit = 1000 if place.stop - place.start == MS_DIGITS else 1
            pieces.append(b"%d" % max(0, place.value + round(by) * unit))
        at = place.stop
    pieces.append(body[at:])
    return b"".join(pieces)


def _later_field(name: bytes, value: bytes, by: float, recorded_at: float) -> bytes:
    lower = name.lower()
    if lower in _DATE_FIELDS:
        return _later_date(value, by, recorded_at)
    if lower == b"set-cookie":
        return _COOKIE_END.sub(lambda found: found[1] + _later_date(found[2], by, recorded_at), value)
    return value


def _later_date(value: bytes, by: float, recorded_at: float) -> bytes:
    at = seconds_of_date(value.decode("latin-1"))
    if at is None or at < recorded_at - DAY:
        return value
    try:
        return formatdate(at + round(by), usegmt=True).encode("ascii")
    except (OverflowError, ValueError, OSError):
        return value
