"""Bytes on the wire as text and back: UTF-8, or the UTF-16 or UTF-32 of a body. Invalid bytes stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable


def text_of(data: bytes) -> str:
    """Return bytes as text. `bytes_of` returns the same bytes again."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """Return text as bytes. Half a pair of surrogates, which JSON allows (RFC 8259 section 8.2), becomes three bytes."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def changed_bytes(data: bytes, change: Callable[[str], str]) -> bytes:
    """Change the text of `data`. If nothing changes, the same object is returned."""
    text = text_of(data)
    changed = change(text)
    return data if changed == text else bytes_of(changed)


_WIDE = (
    ("utf-32-le", re.compile(rb"\xff\xfe\0\0|[^\0]\0\0\0")),
    ("utf-32-be", re.compile(rb"\0\0\xfe\xff|\0\0\0[^\0]")),
    ("utf-16-le", re.compile(rb"\xff\xfe|[^\0]\0[^\0]\0")),
    ("utf-16-be", re.compile(rb"\xfe\xff|\0[^\0]\0[^\0]")),
)
"""Encodings with several bytes for each character, and the first bytes of a text: a byte order mark, or ASCII (RFC 4627 section 3)."""


def changed_body(data: bytes, change: Callable[[str], str]) -> bytes:
    """Change the text of a body as `changed_bytes` does. A body in UTF-16 or UTF-32 stays in its encoding."""
    encoding = next((encoding for encoding, start in _WIDE if start.match(data)), None)
    if encoding is not None:
        try:
            text = data.decode(encoding)
            changed = change(text)
            return data if changed == text else changed.encode(encoding)
        except UnicodeError:  # it only looks like this encoding
            pass
    return changed_bytes(data, change)


def changed_latin(text: str, change: Callable[[str], str]) -> str:
    """Change a text whose characters stand for bytes, such as a request target or a reason phrase."""
    if text.isascii():
        return change(text)
    return changed_bytes(text.encode("latin-1", "replace"), change).decode("latin-1")
