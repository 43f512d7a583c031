"""Explains misses outside of the event loop, one at a time, the devices in turn. It remembers its explanations."""

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
"""Largest number of misses of one device that wait for their explanation. Further misses are answered without one."""
IN_ALL = 64
"""Largest number of misses of all devices that wait."""
REMEMBERED = 1 << 20
"""Largest size of the remembered explanations, in bytes. An app often repeats a request that missed."""


class Misses:
    """Finds the recordings nearest to requests that missed. Meanwhile other requests are answered."""

    def __init__(self, explain: Callable[[Key], Nearest]) -> None:
        """`explain` runs in a thread, so it must change nothing."""
        self._explain = explain
        self._one = asyncio.Semaphore(1)
        self._waiting: dict[str, _Turn] = {}
        self._said: Bounded[Key, Nearest] = Bounded("explained misses", REMEMBERED, longest=REMEMBERED // 16)

    async def nearest(self, device: str, key: Key) -> Nearest | None:
        """Return the recordings nearest to a key. None if too many misses of this device, or of all devices, wait already."""
        known: Nearest | None = self._said.get(key)
        if known is not None:
            return known
        turn = self._waiting.get(device) or _Turn()
        if turn.waiting >= WAITING or sum(other.waiting for other in self._waiting.values()) >= IN_ALL:
            return None
        self._waiting[device] = turn
        turn.waiting += 1
        try:
            async with turn.one:  # the device's own lock first, so that a device that misses often delays only itself
                await self._one.acquire()
                work = asyncio.ensure_future(self._explained(key))
                work.add_done_callback(lambda _: self._one.release())  # the thread goes on if the app leaves
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
