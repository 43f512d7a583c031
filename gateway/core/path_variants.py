"""Judges calls that differ from an earlier call only in the values in their path, such as a new MVPD of the same device.

Facts
-----
* Calls that differ only in this way have the same route, method, query and fields. Only the parts in `OF_PATH` are different.
* If a check did not read a part in `OF_PATH` of the first call, it has the same result for all of these calls (`by_parts.py`). So only
  the other checks judge a new path.
* The results are valid for one phase: the time between two moments at which findings change.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

from msgspec import Struct, field

from gateway.core.adobe.call import Call
from gateway.core.by_parts import Watched
from gateway.core.verdict import Verdict

OF_PATH = frozenset({"method_and_path", "provider", "code", "whole_tag"})
"""The parts of a call, as `by_parts.MADE_OF` names them, that differ between these calls."""
MOST_PHASES = 4
"""Largest number of phases whose results are kept. A token has three phases, one after the other."""

Judge: TypeAlias = Callable[[Any, float | None], Verdict | None]
"""Judges a call at a time."""
_Said: TypeAlias = tuple[tuple[int, Verdict], ...]
"""Verdicts, each with its place among the checks."""


class _Known(Struct, frozen=True):
    """The known results for calls in one phase."""

    said: _Said
    """The verdicts that are the same for each path."""
    judges: tuple[tuple[int, Judge], ...]
    """The checks that read the path, with their places."""


class PathVariants(Struct, eq=False):
    """The known results for calls that differ only in the values in their path."""

    call: Call
    """The first of these calls."""
    kind: Any
    moments: tuple[float, ...]
    by_phase: dict[int, _Known] = field(default_factory=dict)

    def judged(self, call: Call, at: float | None, phase: int, judges: Sequence[Judge]) -> list[Verdict | None]:
        """Return the verdicts on one of these calls, in the order of `judges`. `judges` has all checks."""
        known = self.by_phase.get(phase)
        if known is None:
            if len(self.by_phase) == MOST_PHASES:
                self.by_phase.clear()
            known = self.by_phase[phase] = _known_of(call, at, judges)
        said = list(known.said)
        for place, judge in known.judges:
            verdict = judge(call, at)
            if verdict is not None:
                said.append((place, verdict))
        said.sort(key=_place)
        return [verdict for _, verdict in said]


def _known_of(call: Call, at: float | None, judges: Sequence[Judge]) -> _Known:
    """Call every check, and find the checks that read the path."""
    said: list[tuple[int, Verdict]] = []
    of_path: list[tuple[int, Judge]] = []
    for place, judge in enumerate(judges):
        watched = Watched(call)
        verdict = judge(watched, at)
        if not OF_PATH.isdisjoint(watched.asked.attributes):
            of_path.append((place, judge))
        elif verdict is not None:
            said.append((place, verdict))
    return _Known(tuple(said), tuple(of_path))


def _place(entry: tuple[int, Verdict]) -> int:
    return entry[0]


def size_of_variants(key: tuple[Hashable, ...], variants: PathVariants) -> int:
    """Return the rough size in bytes: of the call, and of the verdicts of all phases."""
    call = variants.call
    characters = sum([len(value) for _, value in call.fields]) + 2 * len(call.query)
    parts = sum([value.count(b",") + 1 for _, value in call.fields]) + call.query.count("&")
    return 6500 + 3 * characters + 120 * parts + 200 * len(key) + 1500 * MOST_PHASES
