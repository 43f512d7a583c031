"""How fast requests go out to an upstream that counts them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

SECONDS_APART = 1.0
"""The rate that Adobe allows each address at any time (throttling-mechanism page)."""


class Pace:
    """Lets a request through only when `seconds` have passed since the last one."""

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._next = float("-inf")

    async def __call__(self) -> None:
        """Return the time at which the next request may go out."""
        if (wait := self._next - self._clock()) > 0:
            await self._sleep(wait)
        self._next = self._clock() + self._seconds
