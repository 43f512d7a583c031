"""The written forms of the options of faults: seconds, sizes, shares and other numbers within bounds."""

from __future__ import annotations

import re
from math import isfinite
from typing import Annotated, Any, TypeAlias

from gateway.core.options import AsWritten

LONGEST = 3600.0
"""Longest time of an option, in seconds: an hour."""
LARGEST = 1 << 30
_TIME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_in(value: object) -> float | None:
    """Read a time: a number of seconds, or a text such as 500ms. None if it is not a time, or longer than an hour."""
    if isinstance(value, str):
        found = _TIME.fullmatch(value.strip())
        value = float(found[1]) * _UNITS[found[2]] if found else None
    return number_in(value, 0, LONGEST)


def number_in(value: object, least: float, most: float) -> float | None:
    """Read a number within bounds. None for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value) if least <= value <= most else None


def whole_in(value: object, least: int, most: int) -> int | None:
    """Read a whole number within bounds. None for any other value."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= most else None


def _seed(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, str | int) and len(str(value)) <= 200 else None  # noqa: PLR2004  # a seed is a word


def _no_time(value: object) -> float | None:
    return seconds_in(value) or None


_TIME_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": LONGEST},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?(ms|s|m|h)$"},
    ]
}
Seconds: TypeAlias = Annotated[
    float, AsWritten("seconds, such as 2, 0.5, 500ms or 10m, an hour at most", seconds_in, _TIME_SCHEMA)
]
SomeSeconds: TypeAlias = Annotated[
    float, AsWritten("seconds, such as 2, 0.5, 500ms or 10m, above 0 and an hour at most", _no_time, _TIME_SCHEMA)
]
Size: TypeAlias = Annotated[
    int,
    AsWritten(
        "a whole number of bytes, 1 to 1073741824",
        lambda value: whole_in(value, 1, LARGEST),
        {"type": "integer", "minimum": 1, "maximum": LARGEST},
    ),
]
MaybeSize: TypeAlias = Annotated[
    int | None,
    AsWritten(
        "a whole number of bytes, 0 to 1073741824",
        lambda value: whole_in(value, 0, LARGEST),
        {"type": "integer", "minimum": 0, "maximum": LARGEST},
    ),
]
Count: TypeAlias = Annotated[
    int,
    AsWritten(
        "a whole number from 0 to 1000000",
        lambda value: whole_in(value, 0, 1_000_000),
        {"type": "integer", "minimum": 0, "maximum": 1_000_000},
    ),
]
Positive: TypeAlias = Annotated[
    float,
    AsWritten(
        "a number above 0 and at most 1000000",
        lambda value: number_in(value, 1e-6, 1_000_000),
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000},
    ),
]
Share: TypeAlias = Annotated[
    float,
    AsWritten(
        "a number from 0 to 1", lambda value: number_in(value, 0, 1), {"type": "number", "minimum": 0, "maximum": 1}
    ),
]
Seed: TypeAlias = Annotated[str, AsWritten("a text or a whole number", _seed, {"type": ["string", "integer"]})]
