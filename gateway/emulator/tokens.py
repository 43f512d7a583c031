"""Access tokens in the form of the samples. They are made for a client, and read again without a memory.

Facts
-----
* The samples' tokens are JWTs: RS256's header, the claims sub, nbf, iss, scopes, exp, iat, and a signature of 256 bytes. The emulator's
  tokens look the same. But their signature is a digest of the rest, so that the emulator recognises its own tokens. It protects nothing.
* A token that is not a JWT does not name its client. All such tokens count as one client.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

EXPIRES_IN = 21_600
"""Lifetime of an access token in seconds, as in every sample of the documentation."""
SCOPE = "api:client:v2"
ISSUER = "auth.adobe.com"
SALT = 16
"""Number of bytes at the start of a signature that make two tokens of the same moment different."""
SALTED = 22
"""Number of Base64 characters for these bytes."""
LONGEST = 8_192
"""Longest token that is read, in characters."""


def issue(client: str, scopes: str, now: int, seed: bytes) -> str:
    """Return a token for a client. At the same moment, another `seed` gives another token."""
    claims = {"sub": client, "nbf": now, "iss": ISSUER, "scopes": scopes, "exp": now + EXPIRES_IN, "iat": now}
    signed = f"{_part(_compact({'alg': 'RS256'}))}.{_part(_compact(claims))}"
    return f"{signed}.{_part(_signature(signed, hashlib.sha256(seed).digest()[:SALT]))}"


def claims_of(token: str) -> Mapping[str, object] | None:
    """Return the claims of a JWT. None if the token is not a JWT."""
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
    """Return the client of a token. Empty if the token does not name one."""
    client = (claims_of(token) or {}).get("sub", "")
    return client if isinstance(client, str) else ""


def has_expired(token: str, now: float) -> bool:
    """Return whether a JWT's `exp` has passed. The `exp` of an opaque token cannot be read (Authorization page)."""
    expiry = (claims_of(token) or {}).get("exp")
    return isinstance(expiry, int | float) and expiry <= now


def scopes_of(token: str) -> frozenset[str]:
    """Return the scopes of a JWT. The claim is one text, with commas or blanks between scopes."""
    scopes = (claims_of(token) or {}).get("scopes")
    return frozenset(scopes.replace(",", " ").split()) if isinstance(scopes, str) else frozenset()


def _signature(signed: str, salt: bytes) -> bytes:
    return salt + hashlib.shake_256(salt + signed.encode("utf-8", "backslashreplace")).digest(256 - SALT)


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _compact(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
