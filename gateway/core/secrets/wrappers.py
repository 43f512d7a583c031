"""JSON in Base64 in any text, such as X-Device-Info. It is found by its beginning, and written again in its own spelling."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from gateway.core.secrets.pseudonyms import unb64
from gateway.core.secrets.wire import bytes_of, text_of
from gateway.core.secrets.wraps import deflate, inflate

DEFLATED = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""The beginnings of gzip and zlib data (RFC 1952 section 2.3, RFC 1950 section 2.2)."""
MOST_INFLATED = 16 << 20
"""Largest number of bytes that are read from compressed data. Longer data stays as it is: cut off, it could not be written again."""

_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])e[wy](?:[A-Za-z0-9+/_-]|%2[BbFf]){14,}+(?:=|%3[Dd]){0,2}")
"""Base64 of a brace and what may follow it: a quotation mark or white space."""

_BEGINS = frozenset("CDHIew4%")
"""First characters of the Base64 of a brace or of white space, and of percent-encoding."""
_OBJECT = re.compile(r"\s*\{\s*[\"}]")


def wrapped(run: str) -> str | None:
    """Return the JSON object in a run of Base64, percent-encoded or not. None if there is no object."""
    if run[:1] not in _BEGINS or "." in run:  # most tokens are like this, and are not Base64
        return None
    text = text_of(unb64(unquote(run)))
    return text if _OBJECT.match(text) else None


def wrapped_again(run: str, text: str) -> str:
    """Return `text` in Base64, with the alphabet, the padding and the percent-encoding of `run`."""
    plain = unquote(run)
    data = bytes_of(text)
    encoded = (base64.urlsafe_b64encode if {"-", "_"} & set(plain) else base64.b64encode)(data).decode()
    if len(plain) % 4:
        encoded = encoded.rstrip("=")
    return quote(encoded, safe="") if "%" in run else encoded


def change_packed(encoded: str, change: Callable[[str], str]) -> str:
    """Change the text in Base64, compressed or not. If nothing changes, the spelling stays."""
    data = unb64(encoded)
    if not data:
        return encoded
    inflated = inflate(data, MOST_INFLATED) if data.startswith(DEFLATED) else None
    plain = text_of(data if inflated is None else inflated)
    changed = change(plain)
    if changed == plain:
        return encoded
    new = bytes_of(changed) if inflated is None else deflate(bytes_of(changed), data)
    again = (base64.urlsafe_b64encode if {"-", "_"} & set(encoded) else base64.b64encode)(new).decode("ascii")
    return again if encoded.endswith("=") or len(encoded) % 4 == 0 else again.rstrip("=")


def within(text: str) -> Iterator[str]:
    """Yield the JSON objects that Base64 in a text wraps."""
    if "ey" in text or "ew" in text:
        for run in _RUN.finditer(text):
            inner = wrapped(run[0])
            if inner is not None:
                yield inner


def change_within(text: str, change: Callable[[str], str]) -> str:
    """Change the JSON objects that Base64 in a text wraps."""

    def changed(run: re.Match[str]) -> str:
        inner = wrapped(run[0])
        after = inner if inner is None else change(inner)
        return run[0] if after is None or after == inner else wrapped_again(run[0], after)

    return _RUN.sub(changed, text)
