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
from typing import Any

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
    """A check over time that has a slice for a request, spread out."""

    slot: str
    take: Callable[[Any, SeenExchange], tuple[Any, tuple[Noticed, ...]]]
    timed: bool
    rests: Callable[[Any], float] | None
    remembers_answer: bool
    info: CheckInfo
    severity: Severity

    @classmethod
    def of(cls, of: tuple[OverTimeCheck, Severity], slot: str) -> Step:
        """Return the step of a check, with its severity, whose slice has this key."""
        check, severity = of
        return cls(slot, check.step, check.timed, check.rests, check.remembers_answer, check.info, severity)

    def rests_until(self, before: object, after: object) -> float:
        """Return when a step that said nothing may have something to add again; a time that has passed where it never rests."""
        if after is not before:
            return _DAWN
        if before is None or not self.timed:
            return inf
        return self.rests(before) if self.rests is not None else _DAWN


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
    restless: tuple[Step, ...] = ()
    """The other steps."""

    def lasts(self, at: float, slices: Slices) -> bool:
        """Whether it lasts at a time."""
        return (
            self.since <= at < self.until
            and (not self.slots or getattr(slices, "turns", 0) == self.turns)
            # most are there, and a dict's own look-up is the fastest
            and tuple(map(getattr(slices, "recent", slices).get, self.slots)) == self.slices
        )


NO_STEPS = Rest(since=-inf, until=inf)
"""Nothing can say anything else, at any time."""


class Steps:
    """The steps for one request, in the order of the checks."""

    __slots__ = ("_all", "rest")

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._all = steps
        self.rest = Rest() if steps else NO_STEPS

    def take(self, seen: SeenExchange, at: float | None, slices: Slices) -> Verdict:
        """Return what the checks say of an exchange at a time, and the slices that they leave behind."""
        rest = self.rest
        if not self._all:
            return NOTHING
        if at is None or seen.answer is not rest.answer or not rest.lasts(at, slices):
            return self._roused(seen, at, slices)
        if not rest.restless:
            return NOTHING
        verdict, until = _taken(rest.restless, seen, at, slices)
        if max(until) > at:  # one might rest from now on, so next time all are taken
            self.rest = Rest()
        return verdict

    def _roused(self, seen: SeenExchange, at: float | None, slices: Slices) -> Verdict:
        """Take all steps, and see which rest from now on."""
        before = [slices.get(step.slot) for step in self._all]
        verdict, until = _taken(self._all, seen, at, slices)
        if at is None:
            return verdict
        resting = [number for number, end in enumerate(until) if end > at]
        self.rest = Rest(
            seen.answer,
            at,
            min([until[number] for number in resting], default=inf),
            getattr(slices, "turns", 0),
            tuple([self._all[number].slot for number in resting]),
            tuple([before[number] for number in resting]),
            tuple([step for step, end in zip(self._all, until, strict=True) if end <= at]),
        )
        return verdict


def _taken(
    steps: tuple[Step, ...], seen: SeenExchange, at: float | None, slices: Slices
) -> tuple[Verdict, list[float]]:
    """Take steps; return their findings, their slices, and how long each may rest."""
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    defects: tuple[Defect, ...] = ()
    changed: list[tuple[str, object]] = []
    until: list[float] = []
    for step in steps:
        until.append(_DAWN)
        if at is None and step.timed:
            not_judged += (NotJudged(step.info.id, NO_DATE),)
            continue
        before = slices.get(step.slot)
        try:
            after, noticed = step.take(before, seen)
        except Exception as error:  # noqa: BLE001  # whatever a check raises, the exchange goes on
            defects += (Defect(step.info.id, type(error).__name__),)
            continue
        if after is not before:
            changed.append((step.slot, after))
        if noticed:
            findings += tuple([finding_of(step.info, step.severity, said) for said in noticed])
        else:
            until[-1] = step.rests_until(before, after)
    return Verdict(findings, not_judged, defects, tuple(changed)), until


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


class Unchanged:
    """Decides whether an exchange is judged like the one before it, and returns the slices for the next one.

    It looks at how the steps rest when it is made; when one ends its rest, another has to be made.
    """

    __slots__ = ("_call", "_rest", "_takes")

    def __init__(self, call: Any, rest: Rest, takes: Sequence[tuple[Step, Answer | None, bool]]) -> None:
        """Take the call or a `Recalled`, how long all rests, and the steps that do not rest: what they see as the answer, and whether what they leave behind is kept."""
        self._call = call
        self._rest = rest
        self._takes = tuple(takes)

    @classmethod
    def before(cls, call: Any, rest: Rest, during: tuple[float, float], dropped: frozenset[str]) -> Unchanged:
        """Return it for the steps before a call is sent, and the time `during` which the call itself is judged alike.

        `dropped` are the slots of which these steps keep nothing.
        """
        until = min(rest.until, during[1]) if rest.answer is None else _DAWN
        resting = Rest(None, max(rest.since, during[0]), until, rest.turns, rest.slots, rest.slices)
        return cls(call, resting, [(step, None, step.slot not in dropped) for step in rest.restless])

    @classmethod
    def after(cls, call: Any, answer: Answer | None, rest: Rest) -> Unchanged:
        """Return it for the steps after a call was answered, and that answer."""
        until = rest.until if rest.answer is answer else _DAWN
        resting = Rest(answer, rest.since, until, rest.turns, rest.slots, rest.slices)
        return cls(call, resting, [(step, answer, True) for step in rest.restless])

    def and_then(self, after: Unchanged) -> Unchanged:
        """Return both as one, for an exchange that is answered at once."""
        one, other = self._rest, after._rest
        rest = Rest(
            other.answer,
            max(one.since, other.since),
            min(one.until, other.until) if one.turns == other.turns else _DAWN,
            one.turns,
            one.slots + other.slots,
            one.slices + other.slices,
        )
        return Unchanged(self._call, rest, [*self._takes, *after._takes])

    def changes(self, at: float, slices: Slices) -> Sequence[tuple[str, object]] | None:
        """Return the slices that change; None if something else may be said than before."""
        if not self._rest.lasts(at, slices):
            return None
        recent = getattr(slices, "recent", slices).get
        changed: list[tuple[str, object]] = []
        resting: list[tuple[Step, object, float]] = []
        for step, answer, keeps in self._takes:
            before = recent(step.slot)
            if before is None:
                before = slices.get(step.slot)
            try:
                after, noticed = step.take(before, SeenExchange(self._call, answer, at))
            except Exception:  # noqa: BLE001  # it is counted when the steps are taken
                return None
            if noticed:
                return None
            if after is not before:
                if keeps:
                    changed.append((step.slot, after))
            elif (until := step.rests_until(before, after)) > at:
                resting.append((step, before, until))
        if resting:
            self._let_rest(resting, at)
        return changed

    def _let_rest(self, resting: Sequence[tuple[Step, object, float]], at: float) -> None:
        """Ask some steps no more, as long as their slices stay as they are."""
        rest, steps = self._rest, [step for step, _, _ in resting]
        self._rest = Rest(
            rest.answer,
            max(rest.since, at),
            min(rest.until, *[until for _, _, until in resting]),
            rest.turns,
            rest.slots + tuple([step.slot for step in steps]),
            rest.slices + tuple([before for _, before, _ in resting]),
        )
        self._takes = tuple([take for take in self._takes if take[0] not in steps])
