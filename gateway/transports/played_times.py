"""The documented times in replayed answers. They stay as recorded, with one warning if a time has passed, or they are shifted.

Facts
-----
* `shift` adds the time since the recording. So a login that was valid for six hours is valid for six hours again.
* `as_recorded` is the default: the answer is played as it was recorded. If a login has ended since the recording, an
  app logs in again, or refuses the answer. The warning names the key to set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import Literal, TypeAlias

from gateway.core.adobe.moments import Places, end_of_life, ends_of, later, moments_in
from gateway.core.model import Interaction, Response
from gateway.core.recorded import heads_of
from gateway.core.standing import AllStand
from gateway.core.state import SharedState
from gateway.core.times import seconds_of

Times: TypeAlias = Literal["as_recorded", "shift"]

PASSED = "a time in a played answer has passed"
HINT = 'cassettes.time: shift moves such times by the age of the recording (a test: time="shift"; gateway exec: --time shift)'
SHORT = 1 << 16
"""Longest body that is searched for times in the event loop, in bytes. A longer one is searched in a thread."""


class PlayedTimes:
    """The times of one cassette."""

    def __init__(
        self,
        interactions: Sequence[Interaction],
        times: Times,
        *,
        clock: Callable[[], float],
        state: SharedState,
        warn: Callable[..., None],
    ) -> None:
        """`clock` returns seconds since the epoch."""
        self._heads = heads_of(interactions)
        self._shifts = times == "shift"
        self._clock = clock
        self._state = state
        self._warn = warn
        self._recorded: dict[int, float | None] = {}
        """When an interaction was recorded; None if another tool noted no time. An entry is made when the interaction is first played."""
        self._places: list[Places | None] = [None] * len(interactions)
        self._first_end = [inf] * len(interactions)
        """For each interaction: the first end time that was in the future at the recording, in seconds since the epoch."""

    async def of(self, position: int, answer: Response) -> Response:
        """Return the answer of an interaction with its times for now."""
        try:
            recorded = self._recorded[position]
        except KeyError:
            recorded = self._recorded[position] = seconds_of(self._heads[position].recorded_at)
        if recorded is None:
            return answer
        places = self._places[position]
        if places is None:
            places = await self._found(position, recorded, answer)
        if self._shifts:
            now = self._clock()
            return later(answer, places, by=now - recorded, recorded_at=recorded)
        self._tell(position, self._clock())
        return answer

    def standing(self, position: int) -> AllStand | None:
        """Return how to see whether an answer stays the same; this also gives a warning that is due. None if the answer always changes."""
        if self._recorded.get(position) is None:
            return ()
        if self._shifts:
            return None
        return () if self._first_end[position] == inf else (partial(self._stands, position),)

    def _stands(self, position: int, at: float) -> bool:
        """Say that an answer stays the same, and give a warning that is due."""
        self._tell(position, at)
        return True

    def _tell(self, position: int, now: float) -> None:
        if self._first_end[position] <= now:
            self._state.once(PASSED, "", lambda: self._warn(PASSED, hint=HINT))

    async def _found(self, position: int, recorded: float, answer: Response) -> Places:
        body = answer.body if isinstance(answer.body, bytes) else b""
        path = self._heads[position].path
        places = moments_in(path, body) if len(body) <= SHORT else await asyncio.to_thread(moments_in, path, body)
        self._places[position] = places
        ends = [*ends_of(places), end_of_life(path, body) or inf]
        self._first_end[position] = min((end for end in ends if end >= recorded), default=inf)
        return places
