"""A parser's result for a malformed text, and shapes that show a value without its secret."""

from __future__ import annotations

import re

from msgspec import Struct

from gateway.core.secrets.pseudonyms import is_pseudonym

LONGEST = 8192
"""Largest number of characters of a text that are judged. A longer text is judged by its beginning."""

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
    """A text that could not be read: the wrong part, the shape of the found value, and the expected value."""

    part: str
    found: str
    expected: str
    redacted: bool = False
    """True: redaction replaced the whole text, so a mistake in it cannot be seen any more."""


def shape(text: str) -> str:
    """Return a description of a text's form, without its content."""
    if not text:
        return "nothing"
    kind = next((name for name, pattern in _KINDS if pattern.fullmatch(text)), "bytes beyond ASCII")
    return f"{len(text)} {'character' if len(text) == 1 else 'characters'} of {kind}"


def shown(text: str) -> str:
    """Quote a text that is not a secret, if it is short and plain. Otherwise return its shape."""
    if _PLAIN.fullmatch(text) or _TEMPLATE.fullmatch(text):
        return f'"{text}"'
    return shape(text)


def shown_media(text: str) -> str:
    """Return the first media type of a list, if it is valid, and say whether the list has more."""
    first, *others = text.lower().replace(";", ",").split(",")
    media = first.strip()
    return f"{media}{' and more' if others else ''}" if _MEDIA.fullmatch(media) else shape(text)


def shown_name(name: str) -> str:
    """Return the name of a header field, or a description if it is too long or not a name."""
    return name if _NAME.fullmatch(name) else f"of a name with {shape(name)}"


def beginning(secret: str) -> str:
    """Return at most four characters of a secret, and fewer of a short one."""
    return f"{secret[: min(4, len(secret) // 3)]}…" if secret.isascii() and secret.isprintable() else "…"


def whole_redacted(part: str, text: str) -> Malformed | None:
    """Return a Malformed if redaction replaced the whole text. It does so only if it cannot read the text."""
    if is_pseudonym(text):
        return Malformed(part, "a redacted value", "", redacted=True)
    return None
