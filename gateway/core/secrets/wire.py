"""Bytes on the wire as text and back: UTF-8. Invalid bytes stay as they are."""

from __future__ import annotations

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


def changed_latin(text: str, change: Callable[[str], str]) -> str:
    """Change a text whose characters stand for bytes, such as a request target or a reason phrase."""
    if text.isascii():
        return change(text)
    return changed_bytes(text.encode("latin-1", "replace"), change).decode("latin-1")
