"""Finds the known word that a mistyped word may mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from gateway.core.text import printable

_SHOWN = 80
"""Number of characters of a word that are compared and shown."""


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return the message about an unknown key. It names the most similar known key, or all known keys."""
    known = list(known)
    return "unknown key" + (suggestion(key, known) or f"; known here: {', '.join(known)}")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` if `word` resembles a word in `known`. Empty otherwise."""
    like = resembling(word, known)
    return f"; did you mean {printable(like[:_SHOWN])}?" if like else ""


def resembling(word: str, known: Iterable[str]) -> str | None:
    """Return the most similar word in `known`, or None. Capital letters do not matter. A hyphen is the same as an underscore."""
    plain = {_plain(candidate): candidate for candidate in known}
    close: Sequence[str] = difflib.get_close_matches(_plain(word[:_SHOWN]), plain, n=1)
    return plain[close[0]] if close else None


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
