"""Two JSON values side by side: each place by its path, with both values.

Facts
-----
* A path is written as in RFC 9535: `$.logouts.Cablevision.url`, `$["a b"][0]`.
* A value below DEEPEST levels is compared as a whole, so that no document exhausts the stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from gateway.core.text import printable

DEEPEST = 64
"""Largest depth of maps and lists, in levels."""
ABSENT: Final = object()
"""The value of a side that lacks the place."""

Path: TypeAlias = tuple[str | int, ...]
"""Names of members, and places in lists from 0."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class JsonPlace(NamedTuple):
    """A place and its two values. Two maps or two lists are not a place: their members follow."""

    path: Path
    left: object
    right: object


def places(left: object, right: object, *, lengths: bool = False, path: Path = ()) -> Iterator[JsonPlace]:
    """Yield every place of two JSON values, also places with equal values.

    If one list is longer, the other list lacks its last elements. With `lengths`, two such lists are a place themselves, and these
    elements are not yielded.
    """
    if isinstance(left, dict) and isinstance(right, dict) and len(path) < DEEPEST:
        for key in dict.fromkeys([*left, *right]):
            yield from places(left.get(key, ABSENT), right.get(key, ABSENT), lengths=lengths, path=(*path, key))
    elif isinstance(left, list) and isinstance(right, list) and len(path) < DEEPEST:
        both = min(len(left), len(right))
        if lengths and len(left) != len(right):
            yield JsonPlace(path, left, right)
        for number in range(both if lengths else max(len(left), len(right))):
            one, other = (side[number] if number < len(side) else ABSENT for side in (left, right))
            yield from places(one, other, lengths=lengths, path=(*path, number))
    else:
        yield JsonPlace(path, left, right)


def differs(place: JsonPlace) -> bool:
    """Whether two values differ. `true` and 1 differ, and so do 1 and 1.0: they are written in different ways."""
    return type(place.left) is not type(place.right) or place.left != place.right


def at(value: object, path: Path) -> object:
    """Return the value at a place of a JSON value; None if there is no such place."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def written(path: Path) -> str:
    """Return a path as printable text."""
    return "$" + "".join(map(_step, path))


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _NAME.fullmatch(part) else f"[{printable(json.dumps(part, ensure_ascii=False))}]"
