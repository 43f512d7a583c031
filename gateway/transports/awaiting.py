"""Waits in a coroutine for the answer to a request that was sent with a callback (`core/asking.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from gateway.core.model import Request, Response


class Futures:
    """Makes futures. It keeps the running loop: in Python 3.11, each look-up of the loop is a system call."""

    __slots__ = ("_loop",)

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self) -> asyncio.Future[None]:
        """Return a new future."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop.create_future()


class Waiting:
    """Receives the answer to a request that was sent with a callback. A coroutine waits for it."""

    __slots__ = ("answer", "outbound", "over", "rest")

    def __init__(self, outbound: Request, over: asyncio.Future[None]) -> None:
        self.outbound: Request = outbound
        """The request that was sent."""
        self.answer: Response | None = None
        self.rest: Coroutine[Any, Any, Response] | None = None
        """A coroutine that returns the answer. None if the answer itself has come."""
        self.over = over
        """Done when `answer` or `rest` has come, or when the app has left."""

    @property
    def id(self) -> str:
        """The id of the request."""
        return self.outbound.id

    def answered(self, answer: Response) -> None:
        """Receive the answer."""
        self.answer = answer
        self._end()

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Receive the coroutine."""
        self.rest = rest
        self._end()

    def _end(self) -> None:
        if not self.over.done():  # the app may have left
            self.over.set_result(None)
