"""The steps that checks over time take for one request, and which of them rest: what has nothing to add is not asked again.

Facts
-----
* A step rests where it left its slice as it was, and said nothing, and must do so again: for as long as the slice is the same, the
  answer is the same, and the time is within what the check says (`OverTimeCheck.rests`).
* Whether all slices of the resting steps are the same is one comparison of two lists, whatever their number.
* A slice that is asked for only here must stay young in its memory. So when a memory has made its young ones old (`Bounded.turns`),
  no step rests, and each asks for its slice.
* What is kept here saves time and changes nothing: a step that does not rest is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, TypeAlias

from msgspec import Struct

from gateway.core.adobe.answer import Answer
from gateway.core.adobe.call import Call
from gateway.core.checking import NO_DATE, CheckInfo, Noticed, NotJudged, OverTimeCheck, SeenExchange
from gateway.core.model import Finding, Severity
from gateway.core.state import Slices
from gateway.core.verdict import NOTHING, Defect, Verdict, finding_of

_Changes: TypeAlias = list[tuple[str, object]]
_DAWN = -inf
"""Before every time: nothing rests yet."""


class Step(Struct, frozen=True):
    """A check over time that has a slice for a request, spread out."""

    slot: str
    take: Callable[[Any, SeenExchange], tuple[Any, tuple[Noticed, ...]]]
    timed: bool
    rests: Callable[[Any], float] | None
    remembers_answer: bool
    info: CheckInfo
    severity: Severity

    @classmethod
    def of(cls, check: OverTimeCheck, slot: str, severity: Severity) -> Step:
        """Return the step of a check whose slice has this key."""
        return cls(slot, check.step, check.timed, check.rests, check.remembers_answer, check.info, severity)

    def rests_until(self, before: object, after: object) -> float:
        """Return when a step that said nothing may have something to add again; a time that has passed where it never rests."""
        if after is not before:
            return _DAWN
        if before is None or not self.timed:
            return inf
        return self.rests(before) if self.rests is not None else _DAWN


class Steps:
    """The steps for one request, in the order of the checks."""

    __slots__ = ("_all", "_answer", "_restless", "_since", "_slices", "_slots", "_turns", "_until")

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._all = steps
        self._restless = steps
        self._slots: list[str] = []
        """The keys of the slices of those that rest."""
        self._slices: list[object] = []
        """And these slices."""
        self._answer: Answer | None = None
        self._since = inf
        self._until = _DAWN
        self._turns = 0

    def __bool__(self) -> bool:
        return bool(self._all)

    def take(self, seen: SeenExchange, at: float | None, slices: Slices) -> Verdict:
        """Return what the checks say of an exchange at a time, and the slices that they leave behind."""
        recent = getattr(slices, "recent", slices).get  # most are there, and a dict's own look-up is the fastest
        if (
            at is not None
            and self._since <= at < self._until
            and seen.answer is self._answer
            and getattr(slices, "turns", 0) == self._turns
            and list(map(recent, self._slots)) == self._slices
        ):
            return self._taken(self._restless, seen, at, slices) if self._restless else NOTHING
        self._restless = ()
        self._slots, self._slices = [], []
        self._since = inf if at is None else at
        self._until = inf
        self._answer = seen.answer
        verdict = self._taken(self._all, seen, at, slices, rousing=True)
        self._turns = getattr(slices, "turns", 0)
        return verdict

    def quietly(self, seen: SeenExchange, slices: Slices) -> _Changes | None:
        """Return the slices that an exchange leaves behind of which nothing is said, and in which no step begins or ends its rest; else None.

        It changes nothing here, so after None the steps can be taken.
        """
        at = seen.at
        if (
            not self._since <= at < self._until
            or seen.answer is not self._answer
            or getattr(slices, "turns", 0) != self._turns
            or list(map(getattr(slices, "recent", slices).get, self._slots)) != self._slices
        ):
            return None
        changed: _Changes = []
        for step in self._restless:
            before = slices.get(step.slot)
            try:
                after, noticed = step.take(before, seen)
            except Exception:  # noqa: BLE001  # it is counted when the steps are taken
                return None
            if noticed:
                return None
            if after is not before:
                changed.append((step.slot, after))
            elif step.rests_until(before, after) > at:
                return None
        return changed

    def _taken(
        self, steps: tuple[Step, ...], seen: SeenExchange, at: float | None, slices: Slices, *, rousing: bool = False
    ) -> Verdict:
        """Take steps. `rousing`: all of them, and note which rest from now on; else, whether one might."""
        findings: tuple[Finding, ...] = ()
        not_judged: tuple[NotJudged, ...] = ()
        defects: tuple[Defect, ...] = ()
        changed: _Changes = []
        restless: list[Step] = []
        for step in steps:
            if at is None and step.timed:
                not_judged += (NotJudged(step.info.id, NO_DATE),)
                restless.append(step)
                continue
            before = slices.get(step.slot)
            try:
                after, noticed = step.take(before, seen)
            except Exception as error:  # noqa: BLE001  # whatever a check raises, the exchange goes on
                defects += (Defect(step.info.id, type(error).__name__),)
                restless.append(step)
                continue
            if after is not before:
                changed.append((step.slot, after))
            if noticed:
                findings += tuple([finding_of(step.info, step.severity, said) for said in noticed])
            until = _DAWN if noticed else step.rests_until(before, after)
            if until <= (at or 0.0):
                restless.append(step)
            elif rousing:
                self._slots.append(step.slot)
                self._slices.append(before)
                self._until = min(self._until, until)
            else:
                self._until = _DAWN  # so that next time all are taken
        if rousing:
            self._restless = tuple(restless)
        return Verdict(findings, not_judged, defects, tuple(changed))


class Unchanged:
    """Says whether an exchange is judged as the one before it, at a later time, and what it leaves behind for those after it."""

    __slots__ = ("_after", "_answer", "_before", "_call", "_dropped", "_since", "_until")

    def __init__(
        self,
        call: Call,
        answer: Answer | None,
        steps: tuple[Steps, Steps],
        during: tuple[float, float],
        dropped: frozenset[str],
    ) -> None:
        """Take the steps before the call is sent and after it was answered, and the time `during` which the call itself is judged alike.

        `dropped` are the slots of which the steps before keep nothing.
        """
        self._call = call
        self._answer = answer
        self._before, self._after = steps
        self._since, self._until = during
        self._dropped = dropped

    def changes(self, at: float, slices: Slices) -> Sequence[tuple[str, object]] | None:
        """Return the slices that change; None where something else may be said than before."""
        if not self._since <= at < self._until:
            return None
        before = self._before.quietly(SeenExchange(self._call, None, at), slices)
        if before is None:
            return None
        if not self._after:
            return before
        after = self._after.quietly(SeenExchange(self._call, self._answer, at), slices)
        if after is None:
            return None
        return [*(entry for entry in before if entry[0] not in self._dropped), *after]
