"""Text that is safe to print. Characters that could control a terminal, or mislead a reader, are written as escapes."""

from __future__ import annotations

LONGEST_VALUE = 2000
"""Longest header value, or body of an answer, that a page shows whole, in characters."""


def printable(text: str, *, but: str = "") -> str:
    r"""Return `text` with each unprintable character as an escape of Python: `\x1b`, `\u202e`, `\n`.

    `but`: characters that stay unchanged, such as line breaks.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in but else repr(c)[1:-1] for c in text)


def cut_middle(text: str, most: int) -> str:
    """Return a text. If it is longer than `most` characters, an ellipsis replaces its middle; at least two other characters stay."""
    if len(text) <= most:
        return text
    left = max(most - 1, 2)
    return f"{text[: left - left // 2]}…{text[len(text) - left // 2 :]}"


def cut(text: str, most: int) -> str:
    """Return a text, or its first `most` characters and an ellipsis."""
    return text if len(text) <= most else f"{text[:most]}…"


def shortened(text: str, most: int = LONGEST_VALUE) -> str:
    """Return a text, or its first `most` characters and its length."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
