"""Finds the secrets in the two header fields that nearly every call has: a bearer token that is a JWT, and a device identifier.

Facts
-----
* A new device or a new token has new values in these fields. The general search for secrets takes several times as long as
  this module.
* This module finds the same secrets as the general search with a wildcard for each secret. A test compares both.
"""

from __future__ import annotations

from gateway.core.secrets import blanks
from gateway.core.secrets.pseudonyms import texts_in_jwt, unwrapped
from gateway.core.secrets.scrub import is_noted
from gateway.core.secrets.wire import text_of

_BEARER = b"Bearer "
_FINGERPRINT = b"fingerprint "


def found_in(kind: str | None, value: bytes) -> tuple[str, ...] | None:
    """Return the secrets in the value of a field of this kind. None if the value does not have the usual form."""
    if kind == "authorization":
        return _in_authorization(value)
    return _in_identifier(value) if kind == "device_identifier" else None


def _in_authorization(value: bytes) -> tuple[str, ...] | None:
    if not value.startswith(_BEARER) or len(value) <= len(_BEARER) + blanks.LONGEST:
        return None
    token = value[len(_BEARER) :].decode("latin-1")
    texts = texts_in_jwt(token)
    return (token, *[text for _, text in texts if is_noted(text)]) if texts is not None else None


def _in_identifier(value: bytes) -> tuple[str, ...] | None:
    encoded = value[len(_FINGERPRINT) :].decode("latin-1")
    if not value.startswith(_FINGERPRINT) or not encoded.isascii() or encoded.startswith(" "):
        return None
    identifier = unwrapped(encoded)
    return tuple(filter(is_noted, (text_of(identifier), encoded))) if identifier else None
