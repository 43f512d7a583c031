"""Closes the parts of a gateway, latest part first, within a time limit. If one part fails to close, the others are still closed."""

from __future__ import annotations

from asyncio import timeout
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from gateway.core.tracebacks import place_of

LEAST = 0.1
"""Seconds that each part gets at least, even after the time limit."""


def _never() -> bool:
    return False


class Closing:
    """The parts that must be closed."""

    def __init__(self, warn: Callable[..., None]) -> None:
        self._parts: list[Callable[[], Awaitable[None]]] = []
        self._warn = warn
        self._end = 0.0
        self._idle: list[Callable[[], bool]] = []

    def add(self, close: Callable[[], Awaitable[None]], *, idle: Callable[[], bool] = _never) -> None:
        """Call `close` at the end, before everything that was added earlier. `idle` says whether `close` would do nothing."""
        self._parts.append(close)
        self._idle.append(idle)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to close."""
        return all(idle() for idle in self._idle)

    @property
    def left(self) -> float:
        """How many seconds are left of the time limit."""
        return max(0.0, self._end - monotonic())

    async def aclose(self, grace: float) -> None:
        """Close everything within `grace` seconds; what takes longer is given up."""
        self._end = monotonic() + grace
        await self._close_rest()

    async def _close_rest(self) -> None:
        if self._parts:
            close = self._parts.pop()
            try:
                await self._close(close)
            finally:  # also if the task was cancelled
                await self._close_rest()

    async def _close(self, close: Callable[[], Awaitable[None]]) -> None:
        try:
            with suppress(TimeoutError):
                async with timeout(self.left + LEAST):
                    await close()
        except Exception as error:  # noqa: BLE001  # logged, and the rest is still closed
            self._warn("closing failed", error=type(error).__name__, where=place_of(error))
