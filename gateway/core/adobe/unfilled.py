"""What programs write where a value is missing: JavaScript's `undefined`, Java's `null`, Objective-C's `(null)`, Python's `None`."""

NOTHING = frozenset({"undefined", "null", "(null)", "nil", "NaN", "None", "[object Object]"})
"""With their case: an MVPD may be called NONE."""


def is_nothing(text: str) -> bool:
    """Return whether a value, decoded, is the name of nothing."""
    return text in NOTHING
