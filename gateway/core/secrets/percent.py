"""Percent-encoding: a text changes inside it, and all other characters keep their spelling."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

from gateway.core.secrets.wire import bytes_of, text_of

_BLANK = re.compile(r"\s")
_ENCODED = re.compile(r"(?=[^%]*+%)[A-Za-z0-9._~%*+-]{8,}+")

_RESERVED = "!$'()*,/:;?@"
"""Characters that some percent-encoders leave as they are, and others encode."""


def percent_decoded(raw: str) -> str:
    """Undo percent-encoding. A byte that is not UTF-8 stays."""
    return text_of(unquote_to_bytes(bytes_of(raw))) if "%" in raw else raw


def is_encoded(text: str) -> bool:
    """Return whether a text is percent-encoded as a whole, as a URL inside a URL is."""
    return "%" in text and _ENCODED.fullmatch(text) is not None


def inside_percent(raw: str, change: Callable[[str], str]) -> str:
    """Change the decoded text of `raw`. If nothing changes, the spelling stays."""
    plain = percent_decoded(raw)
    changed = change(plain)
    if changed == plain:
        return raw
    kept = set(raw) - {"%"} if _BLANK.search(raw) else _RESERVED  # a text with a blank is no part of a URL
    safe = "".join(c for c in kept if c in raw and c.isascii())
    return quote(bytes_of(changed), safe=f"*{safe}")
