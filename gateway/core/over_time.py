"""The steps of checks over time for requests that are alike. A step that has nothing to add rests, and is not asked again.

Facts
-----
* A step rests where it left its slice as it was, and said nothing, and must do so again: for as long as the slice is the same, the
  answer is the same, and the time is within what the check says (`OverTimeCheck.rests`).
* Whether all slices of the resting steps are the same is one comparison of two lists, whatever their number.
* A slice that is asked for only here must stay young in its memory. So when a memory has made its young ones old (`Bounded.turns`),
  no step rests, and each asks for its slice.
* What a step sees of a call, where it does nothing, is in `SEEN`. So calls that are equal in these share their steps, and how they rest:
  a device's call to another target takes no step but those that do something.
* What is kept here saves time and changes nothing: a step that does not rest is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

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
"""The properties of a call that a step sees which says nothing and leaves its slice as it was."""
IMPLIED = frozenset({"is_on", "jwt", "lacks", "sso_names"})
"""What is the same where these are: `token_tag` stands for `jwt`."""
seen_of = attrgetter(*SEEN)
DAWN = -inf
"""Before every time: nothing rests yet."""


class Step(Struct, frozen=True):
    """A check over time under a configuration, spread out."""

    take: Callable[[Any, SeenExchange], tuple[Any, tuple[Noticed, ...]]]
    timed: bool
    rests: Callable[[Any], float] | None
    remembers_answer: bool
    info: CheckInfo
    severity: Severity

    @classmethod
    def of(cls, check: OverTimeCheck, severity: Severity) -> Step:
        """Return the step of a check with this severity."""
        return cls(check.step, check.timed, check.rests, check.remembers_answer, check.info, severity)

    def rests_until(self, before: object) -> float:
        """Return when a step that said nothing, and left its slice as it was, may have something to add again; a time that has passed where it never rests."""
        if before is None or not self.timed:
            return inf
        return self.rests(before) if self.rests is not None else DAWN


Slotted: TypeAlias = tuple[str, Step]
"""A step for a request, behind the key of its slice."""
_Idle: TypeAlias = tuple[Slotted, object]
"""A step that said nothing and left its slice as it was, and that slice."""


class Rest(Struct, frozen=True):
    """The resting steps, and the facts that must not change while they rest."""

    answer: Answer | None = None
    since: float = inf
    until: float = DAWN
    turns: int = 0
    """Of the memory of slices (see Facts)."""
    slots: tuple[str, ...] = ()
    """The keys of the slices of the steps that rest."""
    slices: tuple[object, ...] = ()
    """And these slices."""
    restless: tuple[Slotted, ...] = ()
    """The other steps."""

    def lasts(self, at: float, slices: Slices) -> bool:
        """Whether it lasts at a time."""
        return (
            self.since <= at < self.until
            and (not self.slots or getattr(slices, "turns", 0) == self.turns)
            # most are there, and a dict's own look-up is the fastest
            and tuple(map(getattr(slices, "recent", slices).get, self.slots)) == self.slices
        )


RESTLESS = Rest()
"""No step rests at any time."""
NO_STEPS = Rest(since=-inf, until=inf)
"""Nothing can say anything else, at any time."""


class _Taken(NamedTuple):
    """What all steps came to when they were taken: how they rest from then on can be told later."""

    answer: Answer | None
    at: float
    turns: int
    idle: list[_Idle]
    """The steps that did nothing."""


class Steps:
    """The steps for requests with the same slices that are equal in `SEEN`, in the order of the checks."""

    __slots__ = ("_all", "_rest", "_taken")

    def __init__(self, steps: tuple[Slotted, ...]) -> None:
        self._all = steps
        self._rest = RESTLESS if steps else NO_STEPS
        self._taken: _Taken | None = None

    @property
    def rest(self) -> Rest:
        """How they rest. Most requests come once, so this is found when it is asked for."""
        taken = self._taken
        if taken is None:
            return self._rest
        resting = [
            (slotted[0], before, until)
            for slotted, before in taken.idle
            if (until := slotted[1].rests_until(before)) > taken.at
        ]
        slots = tuple([slot for slot, _, _ in resting])
        self._rest = Rest(
            taken.answer,
            taken.at,
            min([until for _, _, until in resting], default=inf),
            taken.turns,
            slots,
            tuple([before for _, before, _ in resting]),
            tuple([slotted for slotted in self._all if slotted[0] not in slots]),
        )
        self._taken = None
        return self._rest

    def take(self, seen: SeenExchange, at: float | None, slices: Slices) -> Verdict:
        """Return what the checks say of an exchange at a time, and the slices that they leave behind."""
        if not self._all:
            return NOTHING
        rest = self.rest
        if at is None or seen.answer is not rest.answer or not rest.lasts(at, slices):
            return self._roused(seen, at, slices)
        if not rest.restless:
            return NOTHING
        verdict, idle = _taken(rest.restless, seen, at, slices)
        if any(step.rests_until(before) > at for (_, step), before in idle):  # from now on, so next time all are taken
            self._rest = RESTLESS
        return verdict

    def _roused(self, seen: SeenExchange, at: float | None, slices: Slices) -> Verdict:
        """Take all steps, and note which rest from now on."""
        verdict, idle = _taken(self._all, seen, at, slices)
        if at is not None:
            self._taken = _Taken(seen.answer, at, getattr(slices, "turns", 0), idle)
        return verdict


def _taken(
    steps: tuple[Slotted, ...], seen: SeenExchange, at: float | None, slices: Slices
) -> tuple[Verdict, list[_Idle]]:
    """Take steps; return what they say and the slices that they leave behind, and the steps that did neither."""
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    defects: tuple[Defect, ...] = ()
    changed: list[tuple[str, object]] = []
    idle: list[_Idle] = []
    get, recent = slices.get, getattr(slices, "recent", slices).get  # as in `Rest.lasts`
    for slotted in steps:
        slot, step = slotted
        if at is None and step.timed:
            not_judged += (NotJudged(step.info.id, NO_DATE),)
            continue
        before = recent(slot)
        if before is None:
            before = get(slot)
        try:
            after, noticed = step.take(before, seen)
        except Exception as error:  # noqa: BLE001  # whatever a check raises, the exchange goes on
            defects += (Defect(step.info.id, type(error).__name__),)
            continue
        if after is not before:
            changed.append((slot, after))
        elif not noticed:
            idle.append((slotted, before))
        if noticed:
            findings += tuple([finding_of(step.info, step.severity, said) for said in noticed])
    if not changed and not findings and not not_judged and not defects:
        return NOTHING, idle
    return Verdict(findings, not_judged, defects, tuple(changed)), idle
