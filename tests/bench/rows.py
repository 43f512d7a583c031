"""The rows of the report: what is shown of what was measured, and the limit that an issue sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol, TypeAlias

Measured: TypeAlias = Mapping[str, Sequence[float]]
"""Seconds an operation took, the median of each turn, by the benchmark's name; or what it put under `value` of its `extra_info`."""


class Row(Protocol):
    """One line of a table."""

    @property
    def title(self) -> str:
        """What is measured."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The benchmarks it is made of."""

    def cells(self, measured: Measured) -> list[str]:
        """Return value, spread, limit, verdict."""


@dataclass(frozen=True, slots=True)
class Time:
    """How long one operation takes."""

    title: str
    of: str
    at_most: float | None = None
    """Microseconds."""

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.of,)

    def cells(self, measured: Measured) -> list[str]:
        turns = measured[self.of]
        value = median(turns)
        limit = "" if self.at_most is None else f"≤ {self.at_most:g} µs"
        spread = f"{duration(min(turns))} … {duration(max(turns))}"
        return [duration(value), spread, limit, verdict(value * 1e6, self.at_most)]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times longer one operation takes than another, the two measured side by side in each turn."""

    title: str
    of: str
    to: str
    at_most: float | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.of, self.to)

    def cells(self, measured: Measured) -> list[str]:
        turns = [of / to for of, to in zip(measured[self.of], measured[self.to], strict=True)]
        both = f"{duration(median(measured[self.of]))} : {duration(median(measured[self.to]))}"
        value = f"{median(turns):.2f}× ({both})"
        limit = "" if self.at_most is None else f"≤ {self.at_most:g}×"
        return [value, f"{min(turns):.2f} … {max(turns):.2f}", limit, verdict(median(turns), self.at_most)]


@dataclass(frozen=True, slots=True)
class Size:
    """How much memory something takes."""

    title: str
    of: str
    at_most: float | None = None
    """Megabytes."""

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.of,)

    def cells(self, measured: Measured) -> list[str]:
        turns = [size / 1e6 for size in measured[self.of]]
        limit = "" if self.at_most is None else f"≤ {self.at_most:g} MB"
        spread = f"{min(turns):.1f} … {max(turns):.1f}"
        return [f"{median(turns):.1f} MB", spread, limit, verdict(median(turns), self.at_most)]


def verdict(value: float, at_most: float | None) -> str:
    """Return a tick where a limit is kept, a cross where it is not."""
    if at_most is None:
        return ""
    return "✓" if value <= at_most else "✗"


def duration(seconds: float) -> str:
    """Return a time in the unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < size * 100 else f"{seconds / size:.0f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns line up; all but the first stand to the right."""
    widths = [max(len(row[at]) for row in [columns, *rows]) for at in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        return f"| {first[0]:<{first[1]}} | " + " | ".join(f"{cell:>{width}}" for cell, width in others) + " |"

    rule = "|" + "|".join([":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|"
    return "\n".join([line(columns), rule, *map(line, rows)])
