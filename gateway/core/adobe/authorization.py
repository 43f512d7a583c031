"""The Authorization header: a bearer token, or v1's older signed form.

Facts
-----
* v2 accepts only `Bearer <access_token>`. The pages call the token opaque. Their samples show one token that is a JWT, and one that is not.
* Before there were access tokens, v1 accepted `<METHOD> requestor_id=…, nonce=…, …, signature=…`: no scheme, the method first.
  Today no page describes this form; eight public clients write it in the same way.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

from gateway.core.adobe.device_identifier import is_placeholder
from gateway.core.adobe.malformed import Malformed, shape, whole_redacted
from gateway.core.adobe.tokens import Jwt, jwt_of, looks_like_jwt, size_of_jwt
from gateway.core.bounded import Bounded
from gateway.core.value import repr_without

V2_SCOPE = "api:client:v2"
SIGNED_MEMBERS = (
    "requestor_id", "nonce", "signature_method", "request_time", "request_uri", "public_key", "signature",
)  # fmt: skip

_BEARER = re.compile(r"bearer( +)(.+)", re.IGNORECASE | re.DOTALL)
_SIGNED = re.compile(r"(GET|POST|PUT|DELETE) +(requestor_id=.*)", re.DOTALL)
_TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_SCHEMES = frozenset({"basic", "digest", "oauth", "token", "jwt", "negotiate", "hmac", "apikey"})


class Bearer(Struct, frozen=True, gc=False):
    """A bearer token (RFC 6750 section 2.1)."""

    token: str
    jwt: Jwt | None = None
    """None if the token is opaque, or malformed."""
    malformed: Malformed | None = None

    __repr__, __rich_repr__ = repr_without("token")

    @property
    def kind(self) -> tuple[object, ...]:
        """The properties that checks of a request see. All tokens of an application mostly have the same properties."""
        if self.malformed is not None:
            return self.malformed, is_placeholder(self.token)
        return self.jwt.kind if self.jwt is not None else ()

    @property
    def shape(self) -> str:
        """The text to show."""
        if self.jwt is not None:
            return self.jwt.shape
        return f"an opaque token of {len(self.token)} characters"


class Signed(Struct, frozen=True):
    """v1's signed form."""

    method: str
    requestor: str
    missing: tuple[str, ...]
    request_time: str

    __repr__, __rich_repr__ = repr_without("request_time")

    @property
    def kind(self) -> tuple[object, ...]:
        """The properties that checks of a request see."""
        time = self.request_time
        return self.method, self.missing, time.isascii() and time.isdigit(), len(time)

    @property
    def shape(self) -> str:
        """The text to show."""
        return f"the signed form of v1, {len(SIGNED_MEMBERS) - len(self.missing)} of its {len(SIGNED_MEMBERS)} members"


Authorization: TypeAlias = Bearer | Signed


def _size(value: str, read: object) -> int:
    return 200 + size_of_jwt(value, read.jwt if isinstance(read, Bearer) else None)


_READ: Bounded[str, Authorization | Malformed] = Bounded(
    "authorizations", 2 << 20, longest=16 << 10, size=_size, regulars=True
)
"""The read values of the header. Most tokens come in a few heads only, so a value is kept when it comes for the second time."""


def read_authorization(value: str) -> Authorization | Malformed:
    """Read the value of an Authorization header."""
    read: Authorization | Malformed | None = _READ.get(value)
    if read is None:
        read = _read(value)
        _READ.put(value, read)
    return read


def _read(value: str) -> Authorization | Malformed:
    if value.startswith("Bearer eyJ"):  # the usual case, without a regular expression
        return _bearer(value[7:].strip())
    if bearer := _BEARER.fullmatch(value):
        return _bearer(bearer[2].strip())
    if signed := _SIGNED.fullmatch(value):
        return _signed(signed[1], signed[2])
    return whole_redacted("scheme", value) or Malformed("scheme", _instead(value), "Bearer and an access token")


def _instead(value: str) -> str:
    """Describe the value in place of a bearer token."""
    scheme, space, rest = value.partition(" ")
    if scheme.lower() == "bearer":
        return "Bearer without a token"
    if looks_like_jwt(value):
        return "a JWT without its scheme"
    return f"the scheme {scheme}" if space and rest and scheme.lower() in _SCHEMES else shape(value)


def _bearer(token: str) -> Bearer:
    if looks_like_jwt(token):
        jwt = jwt_of(token)
        return Bearer(token, jwt) if isinstance(jwt, Jwt) else Bearer(token, malformed=jwt)
    if not _TOKEN68.fullmatch(token):
        wrong = whole_redacted("token", token) or Malformed(
            "token", shape(token), "one token without spaces, on one line"
        )
        return Bearer(token, malformed=wrong)
    return Bearer(token)


def _signed(method: str, rest: str) -> Signed:
    pairs = (pair.strip().partition("=") for pair in rest.split(","))
    given = {name: value for name, _, value in pairs if value}
    missing = tuple(name for name in SIGNED_MEMBERS if name not in given)
    return Signed(method, given.get("requestor_id", ""), missing, given.get("request_time", ""))
