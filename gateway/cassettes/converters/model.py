"""The type of a converter: its name, how it recognises, reads and writes its format, and a count of losses."""

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
"""How many places a sentence names."""


class ConversionError(Mistake):
    """A conversion fails for a reason outside the file, such as a missing library."""


class Losses:
    """Counts losses and repairs, a sentence for each kind."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._units: dict[str, str] = {}
        self._places: dict[str, list[str]] = {}

    def add(self, sentence: str, unit: str = "interaction") -> None:
        """Count one more `unit` of which `sentence` is true."""
        self.counts[sentence] += 1
        self._units[sentence] = unit

    def left_out(self, problem: Problem, unit: str = "interaction") -> None:
        """Count one more that is left out, since something about it is wrong, and say which it is."""
        place = _NUMBERED.match(problem.where)
        within = problem.where[place.end() :].lstrip(".") if place else problem.where
        sentence = f"is left out: {within + ': ' if within else ''}expected {problem.expected}, found {problem.found}"
        self.add(sentence, unit)
        self._places.setdefault(sentence, []).append(
            ", ".join([*([place[0]] if place else []), *([f"line {problem.line}"] if problem.line else [])])
        )

    def undecoded(self, found: str, unit: str = "interaction") -> None:
        """Count an interaction that is left out since its body does not decode, with what was found."""
        self.add(f"has a body that does not decode, and is left out: found {found}", unit)

    def __iter__(self) -> Iterator[str]:
        """Yield lines such as `3 interactions: request bodies are not in HAR 1.2`."""
        for sentence, count in self.counts.items():
            unit = self._units[sentence]
            places = [place for place in self._places.get(sentence, ()) if place]
            where = "; ".join(places[:_NAMED]) + ("; …" if len(places) > _NAMED else "")
            yield f"{many(count, unit)}: {sentence}{f' ({where})' if where else ''}"


Read: TypeAlias = Callable[[bytes, Losses, str], Iterable[Interaction]]
"""Content, losses, and the origin that stands in where the form keeps none; raises `Problem`."""
Write: TypeAlias = Callable[[Sequence[Interaction], Losses], bytes]


class Converter(Struct, frozen=True):
    """One form of recordings."""

    name: str
    recognises: Callable[[bytes], bool]
    read: Read
    write: Write | None = None
    """None if nobody asked for that direction."""
