"""Which device speaks, as a short name that says nothing about it: fit for a log and for a cursor."""

from __future__ import annotations

import re
from hashlib import blake2b
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from gateway.core.bounded import remembered
from gateway.core.model import Request
from gateway.core.secrets.pseudonyms import unwrapped

LONGEST = 4096
_FINGERPRINT = re.compile(r"fingerprint +(.+)", re.DOTALL)


def device_identifier(request: Request) -> str:
    """Return the device's own identifier: what AP-Device-Identifier wraps, or v1's parameter deviceId; empty without either.

    Both dialects of one device give the same text (adobe-pass mapping table: v2's is the Base64 of v1's). What is longer than
    `LONGEST` is taken as it stands there.
    """
    identifier = request.headers.get("AP-Device-Identifier")
    if identifier:
        return _unwrapped(identifier) if len(identifier) <= LONGEST else identifier
    _, found, rest = f"&{request.query}".partition("&deviceId=")
    value = rest.partition("&")[0] if found else ""
    return unquote_to_bytes(value).decode("latin-1") if len(value) <= LONGEST else value


@remembered(limit=4 << 20, longest=1024)
def _unwrapped(identifier: str) -> str:
    wrapped = _FINGERPRINT.fullmatch(identifier)
    return unwrapped(wrapped[1]).decode("latin-1") or wrapped[1] if wrapped else identifier


class DeviceNames(Struct, frozen=True):
    """Names devices by a keyed hash; the key is made anew each run, so that a name leads nowhere after it."""

    key: bytes

    def __call__(self, request: Request) -> str:
        """Return twelve characters that stand for the identifier, or else for the address."""
        who = device_identifier(request) or request.client
        return blake2b(who.encode("latin-1", "replace"), key=self.key, digest_size=6).hexdigest()
