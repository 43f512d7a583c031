"""Words that programs write for a missing value: JavaScript's `undefined`, Java's `null`, Objective-C's `(null)`, Python's `None`."""

from urllib.parse import unquote

NOTHING = frozenset({"undefined", "null", "(null)", "nil", "NaN", "None", "[object Object]"})
"""The words, in this case only: an MVPD may be called NONE."""
_LONGEST = max(map(len, NOTHING))
FIRST = frozenset({"%", *(name[0] for name in NOTHING)})
"""The first characters of these words, also if the word is percent-encoded."""


def is_nothing(text: str) -> bool:
    """Return whether a decoded value is a word for a missing value."""
    return len(text) <= _LONGEST and text in NOTHING


def nothing_in(encoded: str) -> str:
    """Return the word for a missing value in a percent-encoded text; empty for any other value."""
    if encoded[:1] not in FIRST:  # the usual case, which needs no decoding
        return ""
    name = unquote(encoded)
    return name if name in NOTHING else ""
