"""The type of a converter: its name, the functions that recognise, read and write its format, and a count of losses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from gateway.cassettes.errors import Problem
from gateway.core.mistake import Mistake
from gateway.core.model import Interaction
from gateway.core.wording import many

_NUMBERED = re.compile(r"[^\[]*+\[[0-9]+\]")
"""The place of an interaction in its file, such as `log.entries[3]`."""
_NAMED = 5
"""Largest number of places that a sentence names."""


class ConversionError(Mistake):
    """A conversion fails for a reason outside the file, such as a missing library."""


class Losses:
    """Counts losses and repairs. Each kind has its sentence."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._units: dict[str, str] = {}
        self._places: dict[str, list[str]] = {}

    def add(self, sentence: str, unit: str = "interaction") -> None:
        """Count one more `unit` (such as an interaction) with this loss."""
        self.counts[sentence] += 1
        self._units[sentence] = unit

    def left_out(self, problem: Problem, unit: str = "interaction") -> None:
        """Count one more `unit` that is left out because of a problem, and remember its place."""
        place = _NUMBERED.match(problem.where)
        within = problem.where[place.end() :].lstrip(".") if place else problem.where
        sentence = f"left out: {within + ': ' if within else ''}expected {problem.expected}, found {problem.found}"
        self.add(sentence, unit)
        self._places.setdefault(sentence, []).append(
            ", ".join([*([place[0]] if place else []), *([f"line {problem.line}"] if problem.line else [])])
        )

    def undecoded(self, found: str, unit: str = "interaction") -> None:
        """Count an interaction that is left out because its body does not decode. `found` describes the body."""
        self.add(f"left out, since the body does not decode: found {found}", unit)

    def __iter__(self) -> Iterator[str]:
        """Yield lines such as `3 interactions: request bodies are not in HAR 1.2`."""
        for sentence, count in self.counts.items():
            unit = self._units[sentence]
            places = [place for place in self._places.get(sentence, ()) if place]
            where = "; ".join(places[:_NAMED]) + ("; …" if len(places) > _NAMED else "")
            yield f"{many(count, unit)}: {sentence}{f' ({where})' if where else ''}"


Read: TypeAlias = Callable[[bytes, Losses, str], Iterable[Interaction]]
"""Takes the content, the losses, and the origin to use if the format has no origin. Raises `Problem`."""
Write: TypeAlias = Callable[[Sequence[Interaction], Losses], bytes]


class Converter(Struct, frozen=True):
    """A format of recordings."""

    name: str
    recognises: Callable[[bytes], bool]
    read: Read
    write: Write | None = None
    """None if this direction is not supported."""
