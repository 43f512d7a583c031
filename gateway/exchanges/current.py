"""Hands messages to the exchanges of the moment: a configuration may change while a server listens."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from gateway.core.model import Peer, Request
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.replies import Refused, Reply
from gateway.exchanges.sending_again import App, SentAgain


class CurrentExchanges:
    """Stands before a server in the place of exchanges. Those in flight finish where they began."""

    def __init__(self, exchanges: Exchanges) -> None:
        self.now = exchanges
        """Who answers what comes next."""
        self.max_head = exchanges.max_head
        """Bytes of a request's first line and header fields."""
        self._before: list[Exchanges] = []

    def hand_to(self, exchanges: Exchanges) -> None:
        """Hand what comes from now on to these."""
        self._before = [earlier for earlier in (*self._before, self.now) if earlier.in_flight]
        self.now, self.max_head = exchanges, exchanges.max_head

    @property
    def in_flight(self) -> int:
        """How many exchanges have begun and not ended."""
        return sum(len(exchanges.in_flight) for exchanges in (*self._before, self.now))

    def at_once(self, received: Request, peer: Peer) -> Repeat | None:
        """Return the reply that is there without a wait."""
        return self.now.at_once(received, peer)

    def sent_at_once(self, received: Request, peer: Peer, app: App) -> SentAgain | None:
        """Have a message sent at once, where that can be."""
        return self.now.sent_at_once(received, peer, app)

    def answer(self, received: Request, peer: Peer) -> Coroutine[Any, Any, Reply | Repeat | Refused]:
        """Have a message answered."""
        return self.now.answer(received, peer)

    def warn(self, event: str, **about: object) -> None:
        """Tell who answers now what went wrong."""
        self.now.warn(event, **about)

    async def finish(self, grace: float) -> None:
        """Wait until nothing is in flight, at most `grace` seconds."""
        await asyncio.gather(*(exchanges.finish(grace) for exchanges in (*self._before, self.now)))
