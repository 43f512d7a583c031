"""How much work one text is worth: a bound on what it may unfold to while secrets are looked for in it."""

from __future__ import annotations


class OverBudgetError(ValueError):
    """A text asks for more work than it is worth; what it is a part of cannot be recorded."""


FREE = 1 << 20
"""Bytes that any text may unfold to."""
TIMES = 32
"""How many times its own length a text may unfold to beside that: Base64 alone is read from four places."""


class Budget:
    """Counts bytes that are searched or compared."""

    def __init__(self, size: int) -> None:
        """`size`: bytes of the text that all the work is for."""
        self.left = FREE + TIMES * size

    def spend(self, amount: int) -> None:
        """Count work; OverBudgetError where it is too much."""
        self.left -= amount
        if self.left < 0:
            message = "more work for redaction than a message may cause"
            raise OverBudgetError(message)
