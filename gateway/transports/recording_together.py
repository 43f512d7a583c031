"""Writes the blocks of legs together. Most work is done once for each write, and not once for each leg.

Facts
-----
* A group has the legs whose answers come before its write begins. A group is one entry of the tape.
* The ids of a group are searched for secrets together. If the search finds something, each id is searched alone.
* Each leg waits at most `LONGEST_WRITE`. One timer serves all legs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.transports.recording_again import RecordedAgain

LONGEST_WRITE = 15.0
"""Longest time that the end of a reply waits for the disk, in seconds. 5 s of it are for the lock of another process. After this time the
recording is given up."""


class Tape(Protocol):
    """Takes recordings: a cassette on disk."""

    async def add(self, block: bytes) -> None:
        """Append a block. Raises OSError or ValueError if that fails."""

    def put(self, entry: LegGroup) -> None:
        """Append the `text` of an entry, and then call its `written`."""


class Ids(Protocol):
    """Judges ids."""

    def are_harmless(self, ids: Sequence[str]) -> bool:
        """Whether all these ids may be written."""


class LegGroup:
    """The legs that one write records. Its methods are called by the tape."""

    __slots__ = ("_groups", "_ids", "legs")

    def __init__(self, groups: LegGroups, ids: Ids) -> None:
        self._groups = groups
        self._ids = ids
        self.legs: list[RecordedAgain] = []
        """The legs, the oldest first."""

    def text(self) -> bytes:
        """Return the blocks of the legs that still wait. The next leg gets another group."""
        self._groups.open = None
        if not self._are_harmless(self.legs):
            for leg in self.legs:
                if not self._are_harmless([leg]):
                    leg.record_anew()
        return b"".join([leg.block() for leg in self.legs if leg.answer is not None])

    def written(self, error: BaseException | None) -> None:
        """Tell the legs that still wait that the write has ended. `error`: None, or the tape's error."""
        self._groups.over(self)
        for leg in self.legs:
            leg.written(error)

    def _are_harmless(self, legs: Sequence[RecordedAgain]) -> bool:
        try:
            return self._ids.are_harmless([leg.id for leg in legs])
        except Exception:  # noqa: BLE001  # the usual path fails again, and reports it
            return False


class LegGroups:
    """The groups that are not written yet, the oldest first. A leg that waits too long is given up.

    `perf_counter` is the clock, because a leg reads it anyway. The loop has a clock, too, but in Python 3.11 a system call gets the running
    loop.
    """

    __slots__ = ("_timer", "_unwritten", "open")

    def __init__(self) -> None:
        self.open: LegGroup | None = None
        """The group that takes the next leg. None: no answer has come since the last write began."""
        self._unwritten: dict[LegGroup, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begun(self, tape: Tape, ids: Ids) -> LegGroup:
        """Begin a group, and put it on the tape. `ids` judges the ids of its legs."""
        group = self.open = LegGroup(self, ids)
        self._unwritten[group] = None
        tape.put(group)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WRITE, self._look)
        return group

    def over(self, group: LegGroup) -> None:
        """Forget a group that is written."""
        self._unwritten.pop(group, None)

    def _look(self) -> None:
        """Give up the legs that have waited too long. Look again when the next leg will have waited too long."""
        left = LONGEST_WRITE
        for leg in [leg for group in self._unwritten for leg in group.legs if leg.answer is not None]:
            waited = perf_counter() - leg.answered_at
            if waited < LONGEST_WRITE:
                left = LONGEST_WRITE - waited
                break
            leg.written(TimeoutError())
        self._timer = asyncio.get_running_loop().call_later(left, self._look) if self._unwritten else None
