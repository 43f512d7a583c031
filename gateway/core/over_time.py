"""The steps of checks over time, for requests that are alike. A step that has nothing to add rests: it is skipped.

Facts
-----
* A step may rest if it did not change its slice and found nothing. It rests as long as the slice is the same, the answer is the same,
  and the time is before `OverTimeCheck.rests`: then the step would do the same again.
* One comparison of two lists tells whether the slices of all resting steps are unchanged, for any number of steps.
* A slice that only this module asks for must stay young in its memory. So when the memory has made its young entries old
  (`Bounded.turns`), no step rests, and each step asks for its slice.
* A step that does nothing reads only the properties in `SEEN` of a call. So calls that are equal in these share their steps, and the
  resting of the steps (`steps_of.py`). A device's call to another target takes only the steps that do something.
* This memory saves time, and changes no result: a step that does not rest is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, TypeAlias

from msgspec import Struct

from gateway.core.adobe.answer import Answer
from gateway.core.checking import NO_DATE, CheckInfo, Noticed, NotJudged, OverTimeCheck, SeenExchange
from gateway.core.model import Finding, Severity
from gateway.core.state import Slices
from gateway.core.verdict import NOTHING, Defect, Verdict, finding_of

SEEN = (
    *("route", "version", "origin", "code", "names", "blank"),
    *("device_tag", "address_tag", "token_tag", "subject_tag"),
)
"""The properties of a call that a step may read before it decides to find nothing and to leave its slice unchanged."""
IMPLIED = frozenset({"is_on", "jwt", "lacks", "sso_names"})
"""Further properties that are equal if the properties in `SEEN` are. For example, `token_tag` tells `jwt`."""
DAWN = -inf
"""A time before all others: nothing rests yet."""


class Step(Struct, frozen=True):
    """A check over time under a configuration, with all its properties as fields."""

    take: Callable[[Any, SeenExchange], tuple[Any, tuple[Noticed, ...]]]
    timed: bool
    rests: Callable[[Any], float] | None
    remembers: Callable[[Answer], bool] | None
    info: CheckInfo
    severity: Severity

    @classmethod
    def of(cls, check: OverTimeCheck, severity: Severity) -> Step:
        """Return the step of a check with this severity."""
        return cls(check.step, check.timed, check.rests, check.remembers, check.info, severity)

    def rests_until(self, before: object) -> float:
        """Return until when the step rests, after it found nothing and left its slice unchanged. A past time if it never rests."""
        if before is None or not self.timed:
            return inf
        return self.rests(before) if self.rests is not None else DAWN


Slotted: TypeAlias = tuple[str, Step]
"""The key of a slice, and the step for a request that uses the slice."""
_BUSY: Any = object()
"""Stands for the slice of a step that found something, or changed its slice."""


class Rest(Struct, frozen=True):
    """The resting steps, and the facts that must not change while they rest."""

    answer: Answer | None = None
    since: float = inf
    until: float = DAWN
    turns: int = 0
    """`turns` of the memory of slices (see Facts)."""
    slots: tuple[str, ...] = ()
    """The keys of the slices of the resting steps."""
    slices: tuple[object, ...] = ()
    """The slices of the resting steps."""
    restless: tuple[Slotted, ...] = ()
    """The steps that do not rest."""

    def lasts(self, at: float, slices: Slices) -> bool:
        """Whether the steps still rest at a time."""
        return (
            self.since <= at < self.until
            and (not self.slots or getattr(slices, "turns", 0) == self.turns)
            # most slices are there, and a dict's own look-up is the fastest
            and tuple(map(getattr(slices, "recent", slices).get, self.slots)) == self.slices
        )


RESTLESS = Rest()
"""No step rests at any time."""
NO_STEPS = Rest(since=-inf, until=inf)
"""There is no step, so the result never changes."""


class _Taken(Struct, frozen=True, eq=False, gc=False):
    """The result of taking all steps. Later, it tells which steps rest, and until when."""

    answer: Answer | None
    at: float
    turns: int
    slices: tuple[object, ...]
    """The slice of each step that did nothing. `_BUSY` for each other step."""


class Steps(Struct, eq=False, gc=False):
    """The steps for requests that have the same slices and are equal in `SEEN`, in the order of the checks.

    There is a `Steps` for each repeated exchange, so it must be small. Most requests of a kind share the objects in `steps`.
    """

    slots: tuple[str, ...]
    """The keys of the slices."""
    steps: tuple[Step, ...]
    """The step for each key."""
    _rest: Rest = RESTLESS
    _taken: _Taken | None = None

    @property
    def rest(self) -> Rest:
        """The resting steps. Most requests come once, so the resting steps are found only when this is first asked for."""
        taken = self._taken
        if taken is None:
            return self._rest if self.steps else NO_STEPS
        slots, steps = self.slots, self.steps
        resting = [
            (place, before, until)
            for place, before in enumerate(taken.slices)
            if before is not _BUSY and (until := steps[place].rests_until(before)) > taken.at
        ]
        places = [place for place, _, _ in resting]
        self._rest = Rest(
            taken.answer,
            taken.at,
            min([until for _, _, until in resting], default=inf),
            taken.turns,
            tuple([slots[place] for place in places]),
            tuple([before for _, before, _ in resting]),
            tuple([(slot, steps[place]) for place, slot in enumerate(slots) if place not in places]),
        )
        self._taken = None
        return self._rest

    def take(self, seen: SeenExchange, at: float | None, slices: Slices) -> Verdict:
        """Return the findings of the checks about an exchange at a time, and the changed slices."""
        if not self.steps:
            return NOTHING
        rest = self.rest
        if at is None or seen.answer is not rest.answer or not rest.lasts(at, slices):
            if at is not None and seen.answer is not None and self._passes_over(seen.answer, at, slices):
                return NOTHING
            return self._roused(seen, at, slices)
        if not rest.restless:
            return NOTHING
        slots, steps = zip(*rest.restless, strict=True)
        verdict, unchanged = _taken(slots, steps, seen, at, slices)
        for (_, step), before in zip(rest.restless, unchanged, strict=True):
            if before is not _BUSY and step.rests_until(before) > at:
                self._rest = RESTLESS  # the step may rest from now on, so next time all steps are taken
        return verdict

    def _passes_over(self, answer: Answer, at: float, slices: Slices) -> bool:
        """Return whether no step has a slice, and each step remembers some answers, but not this answer. Then no step is taken."""
        lacks = getattr(slices, "lacks", None)
        if lacks is None or not lacks(self.slots):
            return False
        try:
            for step in self.steps:
                if step.remembers is None or step.remembers(answer):
                    return False
        except Exception:  # noqa: BLE001  # the error is counted when the steps are taken
            return False
        self._taken = _Taken(answer, at, getattr(slices, "turns", 0), (None,) * len(self.steps))
        return True

    def _roused(self, seen: SeenExchange, at: float | None, slices: Slices) -> Verdict:
        """Take all steps, and note which steps rest from now on."""
        verdict, unchanged = _taken(self.slots, self.steps, seen, at, slices)
        if at is not None:
            self._taken = _Taken(seen.answer, at, getattr(slices, "turns", 0), unchanged)
        return verdict


def _taken(
    slots: tuple[str, ...], steps: tuple[Step, ...], seen: SeenExchange, at: float | None, slices: Slices
) -> tuple[Verdict, tuple[object, ...]]:
    """Take steps. Return their findings and changed slices, and a value for each step: its slice if it did nothing, otherwise `_BUSY`."""
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    defects: tuple[Defect, ...] = ()
    changed: list[tuple[str, object]] = []
    known = _known(slots, slices)
    unchanged = known.copy()
    answer, is_undated = seen.answer, at is None
    for place, (step, before) in enumerate(zip(steps, known, strict=True)):
        if is_undated and step.timed:
            not_judged += (NotJudged(step.info.id, NO_DATE),)
            unchanged[place] = _BUSY
            continue
        try:
            if before is None and step.remembers is not None and (answer is None or not step.remembers(answer)):
                continue  # there is nothing to remember
            after, noticed = step.take(before, seen)
        except Exception as error:  # noqa: BLE001  # whatever a check raises, the exchange goes on
            defects += (Defect(step.info.id, type(error).__name__),)
            unchanged[place] = _BUSY
            continue
        if after is not before:
            changed.append((slots[place], after))
        elif not noticed:
            continue
        unchanged[place] = _BUSY
        if noticed:
            findings += tuple([finding_of(step.info, step.severity, said) for said in noticed])
    if not changed and not findings and not not_judged and not defects:
        return NOTHING, tuple(unchanged)
    return Verdict(findings, not_judged, defects, tuple(changed)), tuple(unchanged)


def _known(slots: tuple[str, ...], slices: Slices) -> list[object]:
    """Return the slice of each slot. None for a slot without a slice."""
    known: list[object] = list(map(getattr(slices, "recent", slices).get, slots))  # as in `Rest.lasts`
    if not getattr(slices, "has_others", True):
        return known
    lacks = getattr(slices, "lacks", None)
    if lacks is not None and lacks([slot for slot, before in zip(slots, known, strict=True) if before is None]):
        return known
    return [slices.get(slot) if before is None else before for slot, before in zip(slots, known, strict=True)]
