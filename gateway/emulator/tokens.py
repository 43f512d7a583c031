"""Access tokens of the samples' shape: made for a client, and read again without being remembered.

Facts
-----
* The samples' tokens are JWTs: RS256's header, the claims sub, nbf, iss, scopes, exp, iat, and 256 bytes of signature. Those of the
  emulator look the same, but the signature is a digest of the rest, by which the emulator knows its own. It protects nothing.
* A token that is no JWT says nothing of its client: all of these count as one client.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

EXPIRES_IN = 21_600
"""Seconds that an access token lives, in every sample of the documentation."""
SCOPE = "api:client:v2"
ISSUER = "auth.adobe.com"
SALT = 16
"""Bytes with which a signature begins, so that two tokens of one moment differ."""
SALTED = 22
"""Characters of Base64 that hold them."""
LONGEST = 8_192
"""Characters of a token that is read."""


def issue(client: str, scopes: str, now: int, seed: bytes) -> str:
    """Return a token for a client. Another `seed` gives another token of the same moment."""
    claims = {"sub": client, "nbf": now, "iss": ISSUER, "scopes": scopes, "exp": now + EXPIRES_IN, "iat": now}
    signed = f"{_part(_compact({'alg': 'RS256'}))}.{_part(_compact(claims))}"
    return f"{signed}.{_part(_signature(signed, hashlib.sha256(seed).digest()[:SALT]))}"


def claims_of(token: str) -> Mapping[str, object] | None:
    """Return the claims of a JWT; None if it is none."""
    parts = token.split(".", 3) if len(token) <= LONGEST else []
    if len(parts) != 3:  # noqa: PLR2004  # header, claims, signature
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_own(token: str) -> bool:
    """Return whether the emulator gave this token, in this run or another."""
    signed, _, signature = token.rpartition(".")
    try:
        salt = base64.urlsafe_b64decode(signature[:SALTED] + "==")[:SALT] if len(token) <= LONGEST else b""
    except (binascii.Error, ValueError):
        return False
    return len(salt) == SALT and signature == _part(_signature(signed, salt))


def client_of(token: str) -> str:
    """Return the client that a token was given to; empty if the token does not say."""
    client = (claims_of(token) or {}).get("sub", "")
    return client if isinstance(client, str) else ""


def has_expired(token: str, now: float) -> bool:
    """Return whether a JWT's `exp` has passed. An opaque token has none that could be read (Authorization page)."""
    expiry = (claims_of(token) or {}).get("exp")
    return isinstance(expiry, int | float) and expiry <= now


def scopes_of(token: str) -> frozenset[str]:
    """Return the scopes of a JWT: one text, between commas or blanks."""
    scopes = (claims_of(token) or {}).get("scopes")
    return frozenset(scopes.replace(",", " ").split()) if isinstance(scopes, str) else frozenset()


def _signature(signed: str, salt: bytes) -> bytes:
    return salt + hashlib.shake_256(salt + signed.encode("utf-8", "backslashreplace")).digest(256 - SALT)


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _compact(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
