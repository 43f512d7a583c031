"""A parser's result for a malformed text, and shapes that show a value without its secret."""

from __future__ import annotations

import re

from msgspec import Struct

from gateway.core.secrets.pseudonyms import is_pseudonym

LONGEST = 8192
"""Characters of a text that are judged. A longer text is judged by its beginning."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,23}")
_TEMPLATE = re.compile(r"\$?\{[A-Za-z]{1,24}\}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MEDIA = re.compile(r"(?:application|audio|image|multipart|text|video|\*)/[a-z*.+-]{1,24}")
_KINDS = (
    ("letters and digits", re.compile(r"[A-Za-z0-9]+")),
    ("Base64", re.compile(r"[A-Za-z0-9+/]+={0,2}")),
    ("URL-safe Base64", re.compile(r"[A-Za-z0-9_-]+={0,2}")),
    ("ASCII", re.compile(r"[\x20-\x7e]+")),
    ("ASCII with control characters", re.compile(r"[\x00-\x7f]+")),
)


class Malformed(Struct, frozen=True):
    """A text that could not be read: which part of it, what stood there as a shape, and what should."""

    part: str
    found: str
    expected: str
    redacted: bool = False
    """Redaction replaced the text as a whole: what was wrong with it, if anything was, cannot be seen any more."""


def shape(text: str) -> str:
    """Say what a text looks like, and nothing of what it says."""
    if not text:
        return "nothing"
    kind = next((name for name, pattern in _KINDS if pattern.fullmatch(text)), "bytes beyond ASCII")
    return f"{len(text)} {'character' if len(text) == 1 else 'characters'} of {kind}"


def shown(text: str) -> str:
    """Quote a text that is no secret where it is short and plain; say its shape where it is not."""
    if _PLAIN.fullmatch(text) or _TEMPLATE.fullmatch(text):
        return f'"{text}"'
    return shape(text)


def shown_media(text: str) -> str:
    """Name the first media type of a list where it is plainly one, and say whether there is more."""
    first, *others = text.lower().replace(";", ",").split(",")
    media = first.strip()
    return f"{media}{' and more' if others else ''}" if _MEDIA.fullmatch(media) else shape(text)


def shown_name(name: str) -> str:
    """Name a header field, unless it is long, or no name at all."""
    return name if _NAME.fullmatch(name) else f"of a name with {shape(name)}"


def beginning(secret: str) -> str:
    """Show at most four characters of a secret, and less of a short one."""
    return f"{secret[: min(4, len(secret) // 3)]}…" if secret.isascii() and secret.isprintable() else "…"


def whole_redacted(part: str, text: str) -> Malformed | None:
    """Say that redaction replaced a text as a whole, where it did: only what it could not read is replaced like that."""
    if is_pseudonym(text):
        return Malformed(part, "a redacted value", "", redacted=True)
    return None
