"""Waits on purpose, for the delay of a fault or of an expected answer. They end early when the gateway stops: no client is left."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Waits:
    """The waits of one gateway, all on its event loop."""

    def __init__(self) -> None:
        self._ends: set[asyncio.Event] = set()

    async def wait(self, seconds: float) -> None:
        """Wait for so many seconds, or until `end` is called."""
        end = asyncio.Event()
        self._ends.add(end)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await end.wait()
        finally:
            self._ends.discard(end)

    def end(self) -> None:
        """End all waits that have begun. Later waits keep their length."""
        for end in self._ends:
            end.set()
