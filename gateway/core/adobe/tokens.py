"""JSON Web Tokens of Adobe, Roku, Amazon and programmers' own services: their dates and names, never their keys.

Facts
-----
* This module verifies no signature, since the gateway does not have the keys. It reads the end and the owner of a token.
* A JWS has three parts. A JWE has five parts, and only its receiver can read its payload (RFC 7515, RFC 7516 section 3.1).
* A pseudonymous token can be decoded. Its header, `exp`, `nbf`, `iat`, `iss`, `scopes` and `aud` are the same as in the original.
"""

from __future__ import annotations

import math
import re

from msgspec import Struct

from gateway.core.adobe.json_text import Json, members, read_json
from gateway.core.adobe.malformed import Malformed, beginning, shape, whole_redacted
from gateway.core.bounded import remembered
from gateway.core.secrets.pseudonyms import unb64
from gateway.core.times import date_of
from gateway.core.value import repr_without

_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
_BETWEEN = re.compile(r"[,\s]+")
JWS_PARTS, JWE_PARTS = 3, 5
_NUMBERS = frozenset({int, float})
_NUMBERS_OF_PARTS = frozenset({JWS_PARTS, JWE_PARTS})


class Jwt(Struct, frozen=True, gc=False):
    """A token whose header could be read. Its claims could be read, too, unless it is encrypted."""

    algorithm: str
    subject: str = ""
    issuer: str = ""
    audience: tuple[str, ...] = ()
    scopes: frozenset[str] | None = None
    """None if the token has no such claim."""
    expires: float | None = None
    not_before: float | None = None
    claims: frozenset[str] = frozenset()
    """The names of its claims."""
    encrypted: bool = False

    __repr__, __rich_repr__ = repr_without("subject")

    @property
    def kind(self) -> tuple[object, ...]:
        """The properties besides owner and times. The tokens of an application mostly have the same properties."""
        return self.algorithm, self.issuer, self.audience, self.scopes, self.claims, self.encrypted

    @property
    def shape(self) -> str:
        """The text to show."""
        if self.encrypted:
            return "an encrypted JWT"
        parts = ["JWT"]
        if self.expires is not None:
            parts.append(f"exp {date_of(self.expires)}")
        if self.subject:
            parts.append(f"sub {beginning(self.subject)}")
        return " ".join(parts)


def looks_like_jwt(text: str) -> bool:
    """Whether a text looks like a JWT: it begins with the Base64 of `{"`, and has a dot."""
    return text.startswith("eyJ") and "." in text


def jwt_of(text: str) -> Jwt | Malformed:
    """Read a JWS or a JWE in its compact form."""
    parts = text.split(".", JWE_PARTS)
    # a regular expression takes five times as long
    if (
        len(parts) not in _NUMBERS_OF_PARTS
        or not parts[0]
        or text.encode("utf-8", "replace").translate(None, _CHARACTERS)
    ):
        return _wrong(text, shape(text))
    algorithm = _algorithm(parts[0])
    if algorithm is None:
        return _wrong(text, "a JWT whose header is not JSON with alg")
    if len(parts) == JWE_PARTS:
        return Jwt(algorithm, encrypted=True)
    payload = read_json(unb64(parts[1]))
    if not isinstance(payload, Json) or not isinstance(payload.value, dict):
        return _wrong(text, "a JWT whose payload is not a JSON object")
    claims = payload.value
    return Jwt(
        algorithm,
        subject=_text(claims.get("sub")),
        issuer=_text(claims.get("iss")),
        audience=_texts(claims.get("aud")),
        scopes=_scopes(claims["scopes"]) if "scopes" in claims else None,
        expires=_seconds(claims.get("exp")),
        not_before=_seconds(claims.get("nbf")),
        claims=_names(tuple(claims)),
    )


def size_of_jwt(text: str, read: object) -> int:
    """Return the rough size of a token and its parsed claims, in bytes, without counting each part."""
    texts = len(read.claims) + len(read.scopes or ()) + len(read.audience) if isinstance(read, Jwt) else 0
    return 1200 + 3 * len(text) + 150 * texts


read_jwt = remembered(size=size_of_jwt)(jwt_of)
"""Does the same as `jwt_of`, and remembers the result."""


@remembered(limit=1 << 17, longest=1024, size=lambda header, _: 400 + 2 * len(header))
def _algorithm(header: str) -> str | None:
    """Return `alg` of a token's first part; None without one. All tokens of a key have the same first part, so it is remembered."""
    read = read_json(unb64(header))
    algorithm = members(read.value).get("alg") if isinstance(read, Json) else None
    return algorithm if isinstance(algorithm, str) else None


@remembered(limit=1 << 17, longest=64, size=lambda names, _: 500 + 200 * len(names) + sum(map(len, names)))
def _names(names: tuple[str, ...]) -> frozenset[str]:
    """Return names as a set. It is remembered: the tokens of an issuer have the same claims."""
    return frozenset(names)


def _wrong(text: str, found: str) -> Malformed:
    return whole_redacted("jwt", text) or Malformed(
        "jwt", found, "a JWT: parts of URL-safe Base64 with dots between them"
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(entry for entry in value if isinstance(entry, str))
    return (value,) if isinstance(value, str) else ()


def _scopes(value: object) -> frozenset[str]:
    """Read scopes. Adobe separates them by commas, OAuth by spaces (RFC 8693 section 4.2)."""
    if isinstance(value, str):
        return _scopes_in(value)
    return frozenset(scope for text in _texts(value) for scope in _scopes_in(text))


@remembered(limit=1 << 17, longest=1024, size=lambda text, scopes: 500 + 2 * len(text) + 150 * len(scopes))
def _scopes_in(text: str) -> frozenset[str]:
    """Return the scopes in a text. It is remembered: the tokens of an application have the same scopes."""
    return frozenset([scope for scope in _BETWEEN.split(text) if scope])


def _seconds(value: object) -> float | None:
    if value.__class__ not in _NUMBERS:
        return None
    try:
        seconds = float(value)  # type: ignore[arg-type]  # it is a number
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None
