"""Words that programs write for a missing value: JavaScript's `undefined`, Java's `null`, Objective-C's `(null)`, Python's `None`."""

NOTHING = frozenset({"undefined", "null", "(null)", "nil", "NaN", "None", "[object Object]"})
"""With their case: an MVPD may be called NONE."""


def is_nothing(text: str) -> bool:
    """Return whether a value, decoded, is the name of nothing."""
    return text in NOTHING
