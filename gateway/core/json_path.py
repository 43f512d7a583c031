"""A part of JSONPath (RFC 9535): names, numbers and wildcards, such as `$.events[*].at`.

Facts
-----
* A step reads each value once. So the time for a path grows with the size of the document. Descendants (`..`), slices and filters are
  refused.
* `parse` reads the paths that `json_diff.written` writes, if their names are printable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from msgspec import Struct

EVERY: Final = "*"
"""The step to every member of a map, and to every element of a list. As the name of a member it is written `['*']`."""
_STEP = re.compile(
    r"\.(?P<name>[^\x00-@\[-^`{-\x7f][^\x00-,./:-@\[-^`{-\x7f]*+)|(?P<every>\.\*|\[\*\])|\[(?P<number>[0-9]{1,9})\]"
    r"|\['(?P<single>[^'\\]++)'\]|\[(?P<double>\"(?:[^\"\\]|\\.)++\")\]"
)


class Name(Struct, frozen=True):
    """The step to a member of a map."""

    text: str


Step: TypeAlias = Name | int | str
"""A member, the number of an element, or EVERY."""


class JsonPath(Struct, frozen=True):
    """A path. `parse` makes it."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Read a path of at least one step. Raises ValueError without a text for any other path."""
        steps: list[Step] = []
        at = 1
        while text.startswith("$") and (found := _STEP.match(text, at)):
            steps.append(_step(found))
            at = found.end()
        if not steps or at < len(text):
            raise ValueError
        return cls(text, tuple(steps))

    def find(self, value: object) -> list[object]:
        """Return the values at the path, in the document's order."""
        found = [value]
        for step in self.steps:
            found = [inner for outer in found for _, inner in _inside(outer, step)]
        return found

    def without(self, value: object) -> object:
        """Return a JSON value without the values at the path. `value` itself does not change."""
        return _without(value, self.steps)


def _step(found: re.Match[str]) -> Step:
    if found["every"]:
        return EVERY
    if found["number"]:
        return int(found["number"])
    if found["double"]:
        return Name(json.loads(found["double"]))
    return Name(found["name"] or found["single"])


def _inside(value: object, step: Step) -> Iterator[tuple[str | int, object]]:
    """Yield the places that one step reaches, with their values."""
    if isinstance(value, dict):
        if step == EVERY:
            yield from value.items()
        elif isinstance(step, Name) and step.text in value:
            yield step.text, value[step.text]
    elif isinstance(value, list):
        if step == EVERY:
            yield from enumerate(value)
        elif isinstance(step, int) and step < len(value):
            yield step, value[step]


def _without(value: object, steps: tuple[Step, ...]) -> object:
    places = dict(_inside(value, steps[0]))
    if not places:
        return value
    rest = {place: _without(inner, steps[1:]) for place, inner in places.items()} if len(steps) > 1 else {}
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    kept = [(place, rest.get(place, inner)) for place, inner in members if place in rest or place not in places]
    return dict(kept) if isinstance(value, dict) else [inner for _, inner in kept]
