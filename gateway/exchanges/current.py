"""Hands messages to the current `Exchanges`: a reload of the configuration replaces them while a server listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from gateway.core.model import Peer, Request
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.replies import Refused, Reply
from gateway.exchanges.sending_again import App

AtOnce: TypeAlias = Callable[[Request, Peer, App], Repeat | Coroutine[Any, Any, Reply] | None]


class CurrentExchanges:
    """Stands between a server and its `Exchanges`. An exchange ends in the `Exchanges` in which it began."""

    def __init__(self, exchanges: Exchanges) -> None:
        self.now = exchanges
        """The `Exchanges` that answer the next message."""
        self.at_once: AtOnce = exchanges.at_once
        """Answers a message without a task, if this is possible. It is the method of `now`, kept here because each message calls it."""
        self.max_head = exchanges.max_head
        """Bytes of a request's first line and header fields."""
        self._before: list[Exchanges] = []

    def hand_to(self, exchanges: Exchanges) -> None:
        """Hand all messages from now on to `exchanges`."""
        self._before = [earlier for earlier in (*self._before, self.now) if earlier.in_flight]
        self.now, self.at_once, self.max_head = exchanges, exchanges.at_once, exchanges.max_head

    @property
    def in_flight(self) -> int:
        """How many exchanges have begun and not ended."""
        return sum(len(exchanges.in_flight) for exchanges in (*self._before, self.now))

    def answer(self, received: Request, peer: Peer) -> Coroutine[Any, Any, Reply | Repeat | Refused]:
        """Return a coroutine that returns the reply to a message."""
        return self.now.answer(received, peer)

    def warn(self, event: str, **about: object) -> None:
        """Tell the current `Exchanges` what went wrong."""
        self.now.warn(event, **about)

    async def finish(self, grace: float) -> None:
        """Wait until nothing is in flight, at most `grace` seconds."""
        await asyncio.gather(*(exchanges.finish(grace) for exchanges in (*self._before, self.now)))
