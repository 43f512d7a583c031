"""How long to wait for Redis. An exchange has one time limit for all its steps together. A timer that comes late waits a little longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from gateway.core.model import Exchange

HELD_UP = 0.005
"""Delay of a timer on an idle machine, in seconds."""

SPENT: ContextVar[list[float]] = ContextVar("the seconds that an exchange has waited for Redis")


class Patience:
    """A timer that calls `over` after a time, unless it is cancelled first.

    A late timer shows that this process was delayed. It says nothing about Redis, whose answer may be there already. So a late
    timer waits once more, for as long as it was late.
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
    """An observer that sets the time that an exchange has waited to zero when the exchange begins."""

    def began(self, exchange: Exchange) -> None:
        """Begin to count. An exchange runs in its own context, or in its connection's context, one exchange after another."""
        del exchange
        SPENT.set([0.0])

    def ended(self, exchange: Exchange) -> None:
        """Do nothing."""

    def warn(self, event: str, **about: object) -> None:
        """Do nothing."""
