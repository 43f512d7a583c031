"""A problem of the configuration: its place, what was expected, and what was found."""

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from gateway.core.mistake import Mistake
from gateway.core.text import printable
from gateway.core.wording import many

Loc: TypeAlias = tuple[str | int, ...]
"""A place inside the configuration: keys, and indices from 0."""

MOST = 50
"""Largest number of problems in a message. The others are counted."""
_SHOWN = 80  # characters of a value that a message quotes
_NUMBER_BITS = 128  # no port or size is larger, and Python refuses to print very long numbers


class ConfigProblem(Struct, frozen=True):
    """One problem of the configuration."""

    place: str
    """The file with a key or a line, an environment variable, or an option of the command line."""
    message: str
    """What was expected and what was found, in one printable line."""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ConfigError(Mistake):
    """The configuration cannot be used. The text has one line for each of the first `MOST` problems."""

    def __init__(self, problems: Iterable[ConfigProblem]) -> None:
        self.problems = list(problems)
        told = [str(problem) for problem in self.problems[:MOST]]
        if more := len(self.problems) - len(told):
            told.append(f"and {many(more, 'more problem')}")
        super().__init__("\n".join(told))


def found(value: object) -> str:
    """Return a value as a message shows it: short text in quotes; for a list or a map, only its type."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{printable(value[:_SHOWN])}{"…" if len(value) > _SHOWN else ""}"'
    if isinstance(value, (int, float)):
        return str(value) if isinstance(value, float) or value.bit_length() <= _NUMBER_BITS else "a very large number"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    return "a map" if isinstance(value, dict) else f"a value of type {type(value).__name__}"


def unexpected(expected: str, value: object) -> str:
    """Return the message about an unexpected value."""
    return f"expected {expected}, found {found(value)}"


def dotted(loc: Loc) -> str:
    """Return a place as `rules[1].redirect_url`. Keys are shortened, and made printable."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{printable(part[:_SHOWN])}" for part in loc)
    return text.removeprefix(".")
