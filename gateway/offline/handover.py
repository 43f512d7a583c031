"""Passes messages to the exchanges of the current test. A request between two tests waits for the next test, for a limited time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from gateway.core.errors import gateway_error
from gateway.core.model import Peer, Request
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.observers import Observers
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.replies import Refused, Reply
from gateway.exchanges.sending_again import App

MAX_HEAD = 1 << 16
"""Largest first line and header fields together, in bytes, until there is a configuration."""

PAUSE_SECONDS = 2.0
"""Longest time that a request waits while no test has the gateway, in seconds."""
NOBODY = gateway_error(
    503, "gateway_idle", "No test uses the gateway now. Send requests while a test with the fixture `gateway` runs."
)


class Handover:
    """The handler of the server, in place of exchanges."""

    def __init__(self) -> None:
        self._exchanges: Exchanges | None = None
        self._before: Observers | None = None
        """The observers of the last exchanges."""
        self.unanswered = 0
        """Number of requests that waited in vain."""
        self._waiting = 0
        """Number of requests that wait for exchanges."""
        self._given = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.max_head = MAX_HEAD

    def hand_to(self, exchanges: Exchanges | None) -> None:
        """Pass new requests to these exchanges. Open exchanges stay with the earlier ones, and connections stay open.

        Any thread may call it. The loop is woken only if a request waits: each request counts itself before it looks.
        """
        if exchanges is not None:
            self.max_head = exchanges.max_head
        elif self._exchanges is not None:
            self._before = self._exchanges.observers
        self._exchanges = exchanges
        if self._waiting and self._loop is not None:
            self._loop.call_soon_threadsafe(self._given.set)

    def at_once(self, received: Request, peer: Peer, app: App) -> Repeat | Coroutine[Any, Any, Reply] | None:
        """Have the present exchanges answer without a task. None if that is not possible, or if there are no exchanges."""
        exchanges = self._exchanges
        return None if exchanges is None else exchanges.at_once(received, peer, app)

    async def answer(self, received: Request, peer: Peer) -> Reply | Repeat | Refused:
        """Return the reply of the present exchanges, or of the next ones."""
        exchanges = self._exchanges
        if exchanges is None:
            try:
                async with asyncio.timeout(PAUSE_SECONDS):
                    exchanges = await self._next()
            except TimeoutError:  # the caller may be the one that would begin the next test
                self.unanswered += 1
                return Refused(NOBODY)
            if exchanges.observers is not self._before:
                exchanges.warn("asked while no test had the gateway", hint="the next test's gateway answered")
        return await exchanges.answer(received, peer)

    def warn(self, event: str, **about: object) -> None:
        """Report a problem to the current test."""
        if self._exchanges is not None:
            self._exchanges.warn(event, **about)

    async def finish(self, grace: float) -> None:
        """Wait until the current test has no open exchange, at most `grace` seconds."""
        if self._exchanges is not None:
            await self._exchanges.finish(grace)

    async def _next(self) -> Exchanges:
        self._loop = asyncio.get_running_loop()
        self._waiting += 1
        try:
            while (exchanges := self._exchanges) is None:
                self._given.clear()
                await self._given.wait()
            return exchanges
        finally:
            self._waiting -= 1
