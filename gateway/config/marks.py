"""Marks beside the type of a key, in `Annotated`: how its value is read, which values are allowed, and how the JSON Schema describes it.

Marks apply in their order. Each gets the value from the type and the marks before it. Its function raises a ValueError that says what was
expected and what was found.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct


class Before(Struct, frozen=True, eq=False):
    """Changes the written value before the type reads it."""

    change: Callable[[Any], object]
    written: Any = None
    """The type of the written value, for the JSON Schema; None for the type of the key."""


class After(Struct, frozen=True, eq=False):
    """Checks the value after the type has read it, and may change it."""

    check: Callable[[Any], object]


class Read(Struct, frozen=True, eq=False):
    """Reads the written value in place of the type. The type only names the result."""

    read: Callable[[Any], object]


class ReadIn(Struct, frozen=True, eq=False):
    """Like `Read`, but its function also gets the folder in which relative paths start."""

    read: Callable[[Any, Path], object]


class Range(Struct, frozen=True, eq=False):
    """The allowed numbers."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    """Every number must be greater than this one."""

    def expected(self, number: float) -> str | None:
        """Return what was expected in place of a number; None for an allowed number."""
        if self.above is not None and not number > self.above:
            return f"more than {self.above}"
        if self.least is not None and number < self.least:
            return f"at least {self.least}"
        if self.most is not None and number > self.most:
            return f"at most {self.most}"
        return None


class Schema(Struct, frozen=True, eq=False):
    """The JSON Schema of the written value, if the type does not show it."""

    schema: Mapping[str, object]


class Made(Struct, frozen=True, eq=False):
    """Makes the type of a key when the key is first used, since most configurations use few of these keys.

    The annotated type only names the result.
    """

    make: Callable[[], Any]


class Deprecated(Struct, frozen=True, eq=False):
    """Marks a key of earlier versions, which is still read."""

    key: str
    """The key that replaces it."""
