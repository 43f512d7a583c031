"""Text that is safe to print: what would act on a terminal, or on a reader's eye, is written as an escape."""

from __future__ import annotations

LONGEST_VALUE = 2000
"""Characters of a header value, or of an answer's body, that a page shows."""


def printable(text: str, *, but: str = "") -> str:
    r"""Return `text` with each character that does not print written as Python writes it: `\x1b`, `\u202e`, `\n`.

    `but`: characters that stay as they are, such as the line breaks of a text of several lines.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in but else repr(c)[1:-1] for c in text)


def cut_middle(text: str, most: int) -> str:
    """Return a text, or its beginning and its end with an ellipsis between: `most` characters, and never fewer than two."""
    if len(text) <= most:
        return text
    left = max(most - 1, 2)
    return f"{text[: left - left // 2]}…{text[len(text) - left // 2 :]}"


def cut(text: str, most: int) -> str:
    """Return a text, or its first `most` characters and an ellipsis."""
    return text if len(text) <= most else f"{text[:most]}…"


def shortened(text: str, most: int = LONGEST_VALUE) -> str:
    """Return a text, or its first `most` characters and how many there are."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
