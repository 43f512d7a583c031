"""What may stand beside the type of a key, in `Annotated`: how its value is read, what it must be, and how the JSON Schema describes it.

Marks apply in their order, to what the type and the marks before them make of the value. Their functions raise a ValueError that says what was
expected and what was found.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct


class Before(Struct, frozen=True, eq=False):
    """Changes a value as a file writes it, before the type looks at it."""

    change: Callable[[Any], object]
    written: Any = None
    """The type of what a file may write, for the JSON Schema; None: what the schema says without it."""


class After(Struct, frozen=True, eq=False):
    """Checks a value that was read, and may change it."""

    check: Callable[[Any], object]


class Read(Struct, frozen=True, eq=False):
    """Reads a value by itself; the type only says what comes out of it."""

    read: Callable[[Any], object]


class ReadIn(Struct, frozen=True, eq=False):
    """Reads a value by itself, and is told the folder in which relative paths start."""

    read: Callable[[Any, Path], object]


class Range(Struct, frozen=True, eq=False):
    """The numbers that are allowed."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    """Every number must be greater than this one."""

    def expected(self, number: float) -> str | None:
        """Return what was expected in place of a number; None if it is allowed."""
        if self.above is not None and not number > self.above:
            return f"more than {self.above}"
        if self.least is not None and number < self.least:
            return f"at least {self.least}"
        if self.most is not None and number > self.most:
            return f"at most {self.most}"
        return None


class Schema(Struct, frozen=True, eq=False):
    """How the JSON Schema describes what a file may write, where the type does not say it."""

    schema: Mapping[str, object]


class Made(Struct, frozen=True, eq=False):
    """Makes the type of a key when it is first asked for; the written type only says what comes out of it. Few configurations ask for most of them."""

    make: Callable[[], Any]


class Deprecated(Struct, frozen=True, eq=False):
    """Says that a key is read for configurations of earlier versions."""

    key: str
    """The key that replaces it."""
