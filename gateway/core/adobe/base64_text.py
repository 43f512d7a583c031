"""Base64 of header values: decoded leniently, as a server might, with its mistakes named.

Facts
-----
* Every documented sample uses the alphabet of RFC 4648 section 4, with padding. The pages name no other alphabet.
* v1 requires percent-encoded Base64, v2 requires plain Base64 (the X-Device-Info page, and v1's client information page).
* One sample (AP-TempPass-Identity) is two Base64 texts in a row, with padding in the middle. Lenient decoders ignore the second text.
"""

from __future__ import annotations

import base64
import re
from typing import Literal, TypeAlias
from urllib.parse import unquote

from msgspec import Struct

from gateway.core.adobe.malformed import Malformed, shape
from gateway.core.value import repr_without

Flaw: TypeAlias = Literal["percent-encoded", "URL-safe alphabet", "no padding"]

_TEXT = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_GLUED = re.compile(r"[A-Za-z0-9+/]+={1,2}[A-Za-z0-9+/]+={0,2}")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


class Base64Text(Struct, frozen=True):
    """A decoded Base64 text."""

    data: bytes
    flaws: frozenset[Flaw] = frozenset()
    """Mistakes that a strict decoder would refuse."""

    __repr__, __rich_repr__ = repr_without("data")


def read_base64(text: str) -> Base64Text | Malformed:
    """Decode Base64, or return the reason why it is not Base64."""
    flaws: set[Flaw] = set()
    plain = text
    if "%" in plain and _PERCENT.search(plain):
        flaws.add("percent-encoded")
        plain = unquote(plain, "latin-1")
    if ("-" in plain or "_" in plain) and "+" not in plain and "/" not in plain:
        flaws.add("URL-safe alphabet")
        plain = plain.replace("-", "+").replace("_", "/")
        plain += "=" * (-len(plain) % 4)  # this alphabet is usually written without padding (RFC 7515 section 2)
    if not plain.strip("="):
        return Malformed("base64", "nothing", "Base64")
    if not _TEXT.fullmatch(plain):
        glued = _GLUED.fullmatch(plain)
        return Malformed("base64", "two Base64 texts in one, padding in the middle" if glued else shape(text), "Base64")
    if len(plain) % 4 and ("=" in plain or len(plain) % 4 == 1):
        found = f"{len(plain)} characters, {'padding wrong' if '=' in plain else 'cut off'}"
        return Malformed("base64", found, "Base64 with its padding, a multiple of four characters")
    if len(plain) % 4:
        flaws.add("no padding")
        plain += "=" * (-len(plain) % 4)
    return Base64Text(base64.b64decode(plain), frozenset(flaws))
