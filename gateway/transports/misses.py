"""Explains misses outside of the event loop: one at a time, each device in turn. Explanations are remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias, TypedDict

from gateway.core.bounded import Bounded
from gateway.core.nearest import Key


class NearTold(TypedDict):
    """A recorded request that almost matched, as a miss shows it."""

    interaction: int
    line: int
    request: str
    differs: list[str]


Nearest: TypeAlias = list[NearTold]

WAITING = 8
"""How many misses of one device wait for their explanation; the next ones are answered without."""
IN_ALL = 64
"""How many wait altogether."""
REMEMBERED = 1 << 20
"""Bytes that explanations may take which are kept: an app often asks again for what it did not get."""


class Misses:
    """Finds the nearest recordings to requests that missed. Hits go on meanwhile."""

    def __init__(self, explain: Callable[[Key], Nearest]) -> None:
        """`explain` works in a thread: it must change nothing."""
        self._explain = explain
        self._one = asyncio.Semaphore(1)
        self._waiting: dict[str, _Turn] = {}
        self._said: Bounded[Key, Nearest] = Bounded("explained misses", REMEMBERED, longest=REMEMBERED // 16)

    async def nearest(self, device: str, key: Key) -> Nearest | None:
        """Return the nearest recording to a key; None if too many misses wait already, of this device or of all."""
        known: Nearest | None = self._said.get(key)
        if known is not None:
            return known
        turn = self._waiting.get(device) or _Turn()
        if turn.waiting >= WAITING or sum(other.waiting for other in self._waiting.values()) >= IN_ALL:
            return None
        self._waiting[device] = turn
        turn.waiting += 1
        try:
            async with turn.one:  # the device's own first: one that misses often waits for itself alone
                await self._one.acquire()
                work = asyncio.ensure_future(self._explained(key))
                work.add_done_callback(lambda _: self._one.release())  # an app that leaves does not end the thread
                return await asyncio.shield(work)
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                self._waiting.pop(device, None)

    async def _explained(self, key: Key) -> Nearest:
        known: Nearest | None = self._said.get(key)
        if known is None:
            known = await asyncio.to_thread(self._explain, key)
            self._said.put(key, known)
        return known


class _Turn:
    """A device whose misses are explained one after another."""

    def __init__(self) -> None:
        self.one = asyncio.Lock()
        self.waiting = 0
