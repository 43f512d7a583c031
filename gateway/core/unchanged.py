"""Decides whether an exchange is judged like the one before it, and returns the new slices for the checks over time.

Facts
-----
* A call gets the same findings as long as no moment passes at which they change, and every step either rests or does the same as before.
* Most exchanges are not repeated. So the resting steps are found when the second exchange comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, NamedTuple

from gateway.core.adobe.answer import Answer
from gateway.core.adobe.call import Call
from gateway.core.checking import Judged, SeenExchange
from gateway.core.over_time import DAWN, NO_STEPS, RESTLESS, Rest, Step, Steps
from gateway.core.state import Slices

ASKED = ("device_tag", "token_tag", "subject_tag")
"""The texts of a call that steps need at each call. Keys of slices are made from them, so they are known when the call was judged."""


class Recalled:
    """A call that was judged before. A whole call takes kilobytes, but steps need only one or two texts of it.

    So only these texts are kept; the texts of `ASKED` from the beginning. If a step needs more, the call is read again.
    """

    __slots__ = ("_judged", "_read", "_texts")

    def __init__(self, read: Callable[[Judged], Call], judged: Judged, call: Call) -> None:
        """`read` reads the `judged` call again, if a step needs more of it. `call`: the call as it was just read."""
        self._read = read
        self._judged = judged
        self._texts: tuple[tuple[str, str], ...] = tuple([(name, getattr(call, name)) for name in ASKED])

    def __getattr__(self, name: str) -> Any:
        for known, text in self._texts:
            if known == name:
                return text
        value = getattr(self._read(self._judged), name)
        if isinstance(value, str):
            self._texts += ((name, value),)
        return value


class Half(NamedTuple):
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

    It finds the resting steps when it is first asked, since most exchanges are not repeated. When a step ends its rest, a new one is made.
    """

    __slots__ = ("_call", "_halves", "_rest", "_takes")

    def __init__(self, call: Any, halves: tuple[Half, ...]) -> None:
        """Take the call or a `Recalled`."""
        self._call = call
        self._halves = halves
        self._rest = RESTLESS
        self._takes: list[tuple[str, Step, Answer | None, bool]] = []
        """The steps that do not rest, each with the answer that it sees, and whether its slice is kept."""

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

    def changes(self, at: float, slices: Slices) -> Sequence[tuple[str, object]] | None:
        """Return the changed slices. None if the findings may differ from the earlier ones."""
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
