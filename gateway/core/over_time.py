"""The steps of checks over time for one request. A step that has nothing to add rests, and is not asked again.

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
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from gateway.core.adobe.answer import Answer
from gateway.core.adobe.call import Call
from gateway.core.checking import NO_DATE, CheckInfo, Judged, Noticed, NotJudged, OverTimeCheck, SeenExchange
from gateway.core.model import Finding, Severity
from gateway.core.state import Slices
from gateway.core.verdict import NOTHING, Defect, Verdict, finding_of

_DAWN = -inf
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
        return self.rests(before) if self.rests is not None else _DAWN


Slotted: TypeAlias = tuple[str, Step]
"""A step for a request, behind the key of its slice."""
_Idle: TypeAlias = tuple[Slotted, object]
"""A step that said nothing and left its slice as it was, and that slice."""


class Rest(Struct, frozen=True):
    """The resting steps, and the facts that must not change while they rest."""

    answer: Answer | None = None
    since: float = inf
    until: float = _DAWN
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
    """The steps for one request, in the order of the checks."""

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


class Recalled:
    """A call that was judged before. A call with all that was read of it takes kilobytes, and steps ask for a text or two of it.

    So those are kept, and for anything else it is read again.
    """

    __slots__ = ("_judged", "_read", "_texts")

    def __init__(self, read: Callable[[Judged], Call], judged: Judged) -> None:
        self._read = read
        self._judged = judged
        self._texts: tuple[tuple[str, str], ...] = ()

    def __getattr__(self, name: str) -> Any:
        for known, text in self._texts:
            if known == name:
                return text
        value = getattr(self._read(self._judged), name)
        if isinstance(value, str):
            self._texts += ((name, value),)
        return value


class Half(NamedTuple):
    """What an exchange was judged by before it was sent, or when it was answered."""

    steps: Steps
    answer: Answer | None = None
    """What the steps see as the answer."""
    since: float = -inf
    until: float = inf
    """The time during which the call itself is judged alike."""
    dropped: frozenset[str] = frozenset()
    """The slots of which these steps keep nothing."""


class Unchanged:
    """Decides whether an exchange is judged like the one before it, and returns the slices for the next one.

    It looks at how the steps rest when it is first asked: most exchanges are not had again. When a step ends its rest, another has to be made.
    """

    __slots__ = ("_call", "_halves", "_rest", "_takes")

    def __init__(self, call: Any, halves: tuple[Half, ...]) -> None:
        """Take the call or a `Recalled`."""
        self._call = call
        self._halves = halves
        self._rest = RESTLESS
        self._takes: list[tuple[str, Step, Answer | None, bool]] = []
        """The steps that do not rest: what they see as the answer, and whether what they leave behind is kept."""

    def _look(self) -> None:
        """See which steps rest, and for how long."""
        rests = [half.steps.rest for half in self._halves]
        same = all(
            rest is NO_STEPS or rest.answer is half.answer for rest, half in zip(rests, self._halves, strict=True)
        )
        turns = {rest.turns for rest in rests if rest.slots}
        self._rest = Rest(
            None,
            max([rest.since for rest in rests] + [half.since for half in self._halves]),
            min([rest.until for rest in rests] + [half.until for half in self._halves])
            if same and len(turns) <= 1
            else _DAWN,
            max(turns, default=0),
            tuple([slot for rest in rests for slot in rest.slots]),
            tuple([before for rest in rests for before in rest.slices]),
        )
        self._takes = [
            (slot, step, half.answer, slot not in half.dropped)
            for rest, half in zip(rests, self._halves, strict=True)
            for slot, step in rest.restless
        ]
        self._halves = ()

    def changes(self, at: float, slices: Slices) -> Sequence[tuple[str, object]] | None:
        """Return the slices that change; None if something else may be said than before."""
        if self._halves:
            self._look()
        if not self._rest.lasts(at, slices):
            return None
        changed: list[tuple[str, object]] = []
        resting: list[tuple[str, object, float]] = []
        for slot, step, answer, keeps in self._takes:
            before = slices.get(slot)
            try:
                after, noticed = step.take(before, SeenExchange(self._call, answer, at))
            except Exception:  # noqa: BLE001  # it is counted when the steps are taken
                return None
            if noticed:
                return None
            if after is not before:
                if keeps:
                    changed.append((slot, after))
            elif (until := step.rests_until(before)) > at:
                resting.append((slot, before, until))
        if resting:
            self._let_rest(resting, at)
        return changed

    def _let_rest(self, resting: Sequence[tuple[str, object, float]], at: float) -> None:
        """Ask some steps no more, as long as their slices stay as they are."""
        rest, slots = self._rest, [slot for slot, _, _ in resting]
        self._rest = Rest(
            None,
            max(rest.since, at),
            min(rest.until, *[until for _, _, until in resting]),
            rest.turns,
            rest.slots + tuple(slots),
            rest.slices + tuple([before for _, before, _ in resting]),
        )
        self._takes = [take for take in self._takes if take[0] not in slots]
