"""Limits the work for one text: how much data it may unfold to during a search for secrets."""

from __future__ import annotations


class OverBudgetError(ValueError):
    """A text needs more work than is allowed. Its message cannot be recorded."""


FREE = 1 << 20
"""Number of bytes that any text may unfold to."""
TIMES = 32
"""In addition, a text may unfold to this many times its own length. Base64 alone is read from four offsets."""


class Budget:
    """Counts bytes that are searched or compared."""

    def __init__(self, size: int) -> None:
        """`size`: the length in bytes of the text that the work is for."""
        self.left = FREE + TIMES * size

    def spend(self, amount: int) -> None:
        """Count work. Raises OverBudgetError if it is too much."""
        self.left -= amount
        if self.left < 0:
            message = "more work for redaction than a message may cause"
            raise OverBudgetError(message)
