"""JSON Web Tokens as Adobe, Roku, Amazon and a programmer's own service issue them: their dates and names, never their key.

Facts
-----
* Nothing here verifies a signature: the gateway has none of the keys. A token is read to say when it ends and whose it is.
* A JWS has three parts, a JWE five, whose payload nobody but its receiver reads (RFC 7515, RFC 7516 section 3.1).
* A pseudonymous token decodes: its header, `exp`, `nbf`, `iat`, `iss`, `scopes` and `aud` are those of the original.
"""

from __future__ import annotations

import math
import re

from msgspec import Struct

from gateway.core.adobe.json_text import Json, members, read_json
from gateway.core.adobe.malformed import Malformed, beginning, shape, whole_redacted
from gateway.core.bounded import remembered
from gateway.core.secrets.pseudonyms import is_pseudonym, unb64
from gateway.core.times import date_of
from gateway.core.value import repr_without

_PARTS = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2}(?:(?:\.[A-Za-z0-9_-]*){2})?")
JWS_PARTS, JWE_PARTS = 3, 5


class Jwt(Struct, frozen=True):
    """A token whose header, and unless it is encrypted whose claims, could be read."""

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
    redacted: bool = False

    __repr__, __rich_repr__ = repr_without("subject")

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
    """Whether a text sets out to be a JWT: the Base64 of `{"` begins it, and a dot divides it."""
    return text.startswith("eyJ") and "." in text


def jwt_of(text: str) -> Jwt | Malformed:
    """Read a JWS or a JWE in its compact form."""
    if not _PARTS.fullmatch(text):
        return _wrong(text, shape(text))
    parts = text.split(".")
    algorithm = _algorithm(parts[0])
    if algorithm is None:
        return _wrong(text, "a JWT whose header is no JSON with alg")
    redacted = is_pseudonym(text)
    if len(parts) == JWE_PARTS:
        return Jwt(algorithm, encrypted=True, redacted=redacted)
    payload = read_json(unb64(parts[1]))
    if not isinstance(payload, Json) or not isinstance(payload.value, dict):
        return _wrong(text, "a JWT whose payload is no JSON object")
    claims = payload.value
    return Jwt(
        algorithm,
        subject=_text(claims.get("sub")),
        issuer=_text(claims.get("iss")),
        audience=_texts(claims.get("aud")),
        scopes=_scopes(claims["scopes"]) if "scopes" in claims else None,
        expires=_seconds(claims.get("exp")),
        not_before=_seconds(claims.get("nbf")),
        claims=frozenset(claims),
        redacted=redacted,
    )


def size_of_jwt(text: str, read: object) -> int:
    """Return about how many bytes a token and what was read of it take, without looking at each part."""
    texts = len(read.claims) + len(read.scopes or ()) + len(read.audience) if isinstance(read, Jwt) else 0
    return 1200 + 3 * len(text) + 150 * texts


read_jwt = remembered(size=size_of_jwt)(jwt_of)
"""Does the same, and remembers it."""


@remembered(limit=1 << 17, longest=1024, size=lambda header, _: 400 + 2 * len(header))
def _algorithm(header: str) -> str | None:
    """Return the text `alg` of a token's first part, which is the same in all tokens of a key; None if there is none."""
    read = read_json(unb64(header))
    algorithm = members(read.value).get("alg") if isinstance(read, Json) else None
    return algorithm if isinstance(algorithm, str) else None


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
    """Adobe writes them with commas, OAuth with spaces (RFC 8693 section 4.2)."""
    return frozenset(scope for text in _texts(value) for scope in re.split(r"[,\s]+", text) if scope)


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None
