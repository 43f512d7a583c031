"""Decides whether an exchange is judged like the one before it, and returns the new slices for the checks over time.

Facts
-----
* A call gets the same findings under two conditions: no moment passes at which they change, and each step rests or finds nothing.
* Most exchanges are not repeated. So this module looks for the resting steps only when the second exchange comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from operator import attrgetter, itemgetter
from typing import Any

from msgspec import Struct

from gateway.core.adobe.answer import Answer
from gateway.core.adobe.call import Call
from gateway.core.checking import Judged, SeenExchange
from gateway.core.over_time import DAWN, NO_STEPS, Rest, Step, Steps
from gateway.core.state import Slices

KEPT = ("route", "version", "origin", "device_tag", "address_tag", "token_tag", "subject_tag")
"""The properties of a call that most steps ask for. Keys of slices are made from them, so they are known after the call was judged."""
_kept = attrgetter(*KEPT)


class Recalled:
    """A call that was judged before. A whole call takes kilobytes, but steps need only a few properties of it.

    So it keeps only the properties in `KEPT`. If a step asks for another property, the call is read again. A text is then kept, too.
    """

    __slots__ = (*KEPT, "_judged", "_read", "_texts")

    def __init__(self, read: Callable[[Judged], Call], judged: Judged, call: Call) -> None:
        """`read` reads the `judged` call again, if a step needs more of it. `call`: the call as it was just read."""
        self._read = read
        self._judged = judged
        self._texts: tuple[tuple[str, str], ...] = ()
        self.route, self.version, self.origin, *tags = _kept(call)
        self.device_tag, self.address_tag, self.token_tag, self.subject_tag = tags

    def is_on(self, *names: str) -> bool:
        """Whether the call's route has one of these names. The result is the same as that of `Call.is_on`."""
        return self.route is not None and self.route.name in names

    def __getattr__(self, name: str) -> Any:
        for known, text in self._texts:
            if known == name:
                return text
        value = getattr(self._read(self._judged), name)
        if isinstance(value, str):
            self._texts += ((name, value),)
        return value


class Half(Struct, frozen=True, eq=False, gc=False):
    """The steps that judge an exchange before it is sent, or the steps that judge it when it is answered."""

    steps: Steps
    answer: Answer | None = None
    """The answer that the steps see."""
    since: float = -inf
    until: float = inf
    """The time during which the call itself gets the same findings."""
    dropped: tuple[str, ...] = ()
    """The slots whose slices these steps do not keep."""


class Unchanged:
    """Decides whether an exchange is judged like the one before it, and returns the slices for the next one.

    It looks for the resting steps when it is first asked, since most exchanges are not repeated. When a step ends its rest, a new
    `Unchanged` is made.
    """

    __slots__ = ("_absent", "_call", "_halves", "_look_up", "_present", "_rest", "_takes")

    # the attributes below are set by the first call of `changes`
    _rest: Rest
    _look_up: Callable[[Mapping[str, object]], object]
    """Returns the slices of the resting steps that have one. Raises KeyError if one is missing."""
    _present: object
    """The result of `_look_up` while the steps rest."""
    _absent: tuple[str, ...]
    """The slots of the resting steps that have no slice."""
    _takes: list[tuple[str, Step, Answer | None, bool]]
    """The steps that do not rest, each with the answer that it sees, and whether its slice is kept."""

    def __init__(self, call: Any, halves: tuple[Half, ...]) -> None:
        """Take the call or a `Recalled`, and one or two halves."""
        self._call = call
        self._halves = halves

    def _look(self) -> None:
        """Find the resting steps, and until when they rest."""
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
            else DAWN,
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
        self._watch()

    def _watch(self) -> None:
        """Prepare the comparison of the slices of the resting steps."""
        slots, slices = self._rest.slots, self._rest.slices
        there = [(slot, before) for slot, before in zip(slots, slices, strict=True) if before is not None]
        self._look_up = itemgetter(*[slot for slot, _ in there]) if there else _nothing
        self._present = there[0][1] if len(there) == 1 else tuple([before for _, before in there])
        self._absent = tuple([slot for slot, before in zip(slots, slices, strict=True) if before is None])

    def changes(self, at: float, slices: Slices) -> Sequence[tuple[str, object]] | None:
        """Return the changed slices. None if the findings may differ from the earlier ones."""
        if self._halves:
            self._look()
        rest = self._rest
        recent: Any = getattr(slices, "recent", slices)
        if not rest.since <= at < rest.until or (rest.slots and getattr(slices, "turns", 0) != rest.turns):
            return None
        try:
            if self._look_up(recent) != self._present or not recent.keys().isdisjoint(self._absent):
                return None
        except KeyError:
            return None
        return self._taken(at, slices) if self._takes else ()

    def _taken(self, at: float, slices: Slices) -> Sequence[tuple[str, object]] | None:
        """Take the steps that do not rest. Return the same as `changes`."""
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
        """Skip some steps as long as their slices are unchanged."""
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
        self._watch()


def _nothing(_: object) -> tuple[()]:
    return ()
