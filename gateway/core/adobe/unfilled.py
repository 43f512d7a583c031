"""Words that programs write for a missing value: JavaScript's `undefined`, Java's `null`, Objective-C's `(null)`, Python's `None`."""

from urllib.parse import unquote

NOTHING = frozenset({"undefined", "null", "(null)", "nil", "NaN", "None", "[object Object]"})
"""With their case: an MVPD may be called NONE."""
_LONGEST = max(map(len, NOTHING))
FIRST = frozenset({"%", *(name[0] for name in NOTHING)})
"""How one of them begins, if it is percent-encoded, too."""


def is_nothing(text: str) -> bool:
    """Return whether a value, decoded, is the name of nothing."""
    return len(text) <= _LONGEST and text in NOTHING


def nothing_in(encoded: str) -> str:
    """Return the name of nothing that a percent-encoded value says; empty if it says something."""
    if encoded[:1] not in FIRST:  # as most, which need not be decoded
        return ""
    name = unquote(encoded)
    return name if name in NOTHING else ""
