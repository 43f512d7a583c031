"""The checks against the clock. If they find nothing in any call of a kind, they are not called for this kind.

Facts
-----
* A check against the clock compares the time with `Call.times`, and with nothing else. Take two
  calls in which the same of these times have passed, and in which all other parts that the checks read are equal. The checks find
  something in both calls, or in neither call.
* If these checks read only the kind of a call (`kinds.py`) and find nothing, they find nothing in any call of this kind, as long as the
  same times have passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, TypeAlias

from msgspec import Struct

from gateway.core.adobe.call import Call
from gateway.core.by_parts import CallParts, Watched
from gateway.core.kinds import Kind
from gateway.core.verdict import Verdict

Judge: TypeAlias = Callable[[Any, float | None], Verdict | None]
"""Judges a call at a time."""
MOST_PHASES = 16
"""Largest number of remembered phases of a kind."""
NO_PARTS = CallParts()


class Phase(Struct, frozen=True, eq=False):
    """A span of time during which the findings about a call do not change."""

    since: float
    until: float
    """Seconds since the epoch, like `since`. This moment does not belong to the phase."""
    passed: tuple[bool | None, ...] | None
    """An entry for each of `Call.times`: whether this time has passed, or None if the call does not have this time.

    None in place of the tuple: the call has no date.
    """

    @classmethod
    def of(cls, call: Call, at: float | None) -> Phase:
        """Return the phase of a call at a time."""
        if at is None:
            return UNDATED
        since, until = -inf, inf
        passed: list[bool | None] = []
        for time in call.times:
            if time is None:
                passed.append(None)
            elif time <= at:
                passed.append(True)
                since = max(since, time)
            else:
                passed.append(False)
                until = min(until, time)
        return cls(since, until, tuple(passed))

    def lasts(self, at: float | None) -> bool:
        """Whether the phase includes a time."""
        return self is UNDATED if at is None else self.since <= at < self.until


UNDATED = Phase(inf, -inf, None)
"""The phase of a call without a date."""
NEVER = Phase(inf, -inf, None)
"""A phase that includes no time, and no call without a date."""


class AgainstTheClock:
    """The checks against the clock."""

    def __init__(self, judges: Sequence[Judge]) -> None:
        self._judges = judges

    def __call__(self, call: Call, kind: Kind | None, at: float | None, phase: Phase) -> Sequence[Verdict | None]:
        """Return the verdicts about a call of this kind at this time, in this phase. `kind`: None if it is not known."""
        passed = phase.passed
        if kind is None or passed is None:
            return [judge(call, at) for judge in self._judges]
        is_quiet = kind.quiet.get(passed)
        if is_quiet:
            return ()
        if is_quiet is not None or len(kind.quiet) == MOST_PHASES:
            return [judge(call, at) for judge in self._judges]
        watched = Watched(call)
        said = [judge(watched, at) for judge in self._judges]
        kind.quiet[passed] = watched.asked == NO_PARTS and not any(said)
        return said
