"""The checks against the clock. Most calls of a kind have no finding of these checks, and then no check is called.

Facts
-----
* A check against the clock compares the time with `Call.times`, and with nothing else. So two calls get findings or none alike, if the
  same of these times have passed, and if all other parts that the checks read are equal in both.
* If these checks read only the kind of a call (`kinds.py`) and find nothing, they find nothing in any call of this kind, as long as the
  same times have passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from gateway.core.adobe.call import Call
from gateway.core.by_parts import CallParts, Watched
from gateway.core.kinds import Kind
from gateway.core.verdict import Verdict

Judge: TypeAlias = Callable[[Any, float | None], Verdict | None]
"""Judges a call at a time."""
MOST_PHASES = 16
"""Largest number of phases of a kind that are remembered."""
NO_PARTS = CallParts()


class AgainstTheClock:
    """The checks against the clock."""

    def __init__(self, judges: Sequence[Judge]) -> None:
        self._judges = judges

    def __call__(self, call: Call, kind: Kind | None, at: float | None) -> Sequence[Verdict | None]:
        """Return the verdicts about a call of this kind at this time. `kind`: None if it is not known."""
        if kind is None or at is None:
            return [judge(call, at) for judge in self._judges]
        passed = tuple([None if time is None else time <= at for time in call.times])
        is_quiet = kind.quiet.get(passed)
        if is_quiet:
            return ()
        if is_quiet is not None or len(kind.quiet) == MOST_PHASES:
            return [judge(call, at) for judge in self._judges]
        watched = Watched(call)
        said = [judge(watched, at) for judge in self._judges]
        kind.quiet[passed] = watched.asked == NO_PARTS and not any(said)
        return said
