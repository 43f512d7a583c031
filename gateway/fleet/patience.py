"""How long to wait for Redis: an exchange has one time limit for all its steps together, and a timer that itself comes late waits a little longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from gateway.core.model import Exchange

HELD_UP = 0.005
"""Seconds by which a timer may come late on an idle machine."""

SPENT: ContextVar[list[float]] = ContextVar("the seconds that an exchange has waited for Redis")


class Patience:
    """Calls something when a time is over, unless it is cancelled before.

    A timer that comes late shows that this process was delayed. It says nothing about Redis, whose answer may be there already. So
    it waits once more then, as long as it came late.
    """

    __slots__ = ("_handle", "_loop", "_over", "_wanted")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, over: Callable[[], None]) -> None:
        self._loop = loop
        self._over = over
        self._wanted = loop.time() + seconds
        self._handle = loop.call_at(self._wanted, self._due)

    def _due(self) -> None:
        held_up = self._loop.time() - self._wanted
        if held_up > HELD_UP:
            self._handle = self._loop.call_later(held_up, self._over)
        else:
            self._over()

    def cancel(self) -> None:
        """Cancel the call."""
        self._handle.cancel()


class Began:
    """An observer that hears when an exchange begins: it has waited for nothing yet."""

    def began(self, exchange: Exchange) -> None:
        """Begin to count. What runs for an exchange has a context of its own, or one exchange after another in that of its connection."""
        del exchange
        SPENT.set([0.0])

    def ended(self, exchange: Exchange) -> None:
        """Have nothing to do."""

    def warn(self, event: str, **about: object) -> None:
        """Have nothing to do."""
