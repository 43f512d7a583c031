"""Listens, and hands each message to the exchanges of the moment: one configuration's for a whole run, or one test's after another's."""

from __future__ import annotations

import asyncio
import ssl

from aiohttp.web_request import BaseRequest
from msgspec.structs import replace

from gateway.core.errors import gateway_error
from gateway.exchanges.driver import Exchanges, Observer
from gateway.system.descriptors import MOST, connections_that_fit
from gateway.wire.accepting import Acceptor, bound_sockets
from gateway.wire.connections import Connections, Limits
from gateway.wire.inbound import Listener, Written, write_reply

GRACE_SECONDS = 10.0
"""How long exchanges in flight may take to finish when the gateway is told to stop."""

MAX_HEAD = 1 << 16
"""Bytes of a first line and header fields, on a connection that is made while there are no exchanges."""

PAUSE_SECONDS = 2.0
"""How long a request waits while there are no exchanges."""
NOBODY = gateway_error(
    503, "gateway_idle", "No test has the gateway just now: ask while one does that has the fixture `gateway`."
)

LAST_SECONDS = 0.1
"""How long what was still not finished then may take to be cancelled."""


class Server:
    """An HTTP/1.1 server. While it has no exchanges, who asks waits for the next ones, but not for ever."""

    def __init__(self, exchanges: Exchanges | None = None, limits: Limits | None = None) -> None:
        """Without `limits` there may be as many connections as the descriptors allow."""
        self._exchanges = exchanges
        self._limits = limits or Limits()
        self._before: Observer | None = None
        """What heard of the exchanges that were there last."""
        self.unanswered = 0
        """How many requests waited in vain."""
        self._waiting = 0
        """How many requests wait for exchanges."""
        self._given = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._acceptor: Acceptor | None = None

    def hand_to(self, exchanges: Exchanges | None) -> None:
        """Hand what comes from now on to these; what is in flight stays with those before, and connections stay open.

        Any thread may call it. The loop is woken only for those who wait: they count themselves before they look.
        """
        if exchanges is None and self._exchanges is not None:
            self._before = self._exchanges.observer
        self._exchanges = exchanges
        if self._waiting and self._loop is not None:
            self._loop.call_soon_threadsafe(self._given.set)

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen, and return the port, which port 0 leaves to the system; an address that is taken is an OSError."""
        self._loop = asyncio.get_running_loop()
        connections = Connections(self._fitting(), self._warn)
        self._listener = Listener(self._serve, connections, max_head=self._max_head, warn=self._warn)
        listening = await bound_sockets(host, port)
        self._acceptor = Acceptor(listening, self._listener, connections, tls)
        return int(listening[0].getsockname()[1])

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Accept nothing more, and let what is in flight finish within `grace` seconds.

        aiohttp's own shutdown stops reading at once, so an upload could never finish; it gets what is left after the grace.
        """
        if self._acceptor is None or self._listener is None:
            return
        await self._acceptor.close()
        if self._exchanges is not None:
            self._exchanges.closing = True
            await self._exchanges.finish(grace)
        self._listener.pre_shutdown()
        await self._listener.shutdown(LAST_SECONDS)

    async def _serve(self, raw: BaseRequest) -> Written:
        exchanges = self._exchanges
        if exchanges is None:
            try:
                async with asyncio.timeout(PAUSE_SECONDS):
                    exchanges = await self._next()
            except TimeoutError:  # whoever would hand over the next ones may be the one that asks, and waits for us
                self.unanswered += 1
                return await write_reply(raw, NOBODY, close=True)
            if exchanges.observer is not self._before:
                exchanges.observer.warn("asked while no test had the gateway", hint="the next test's answered")
        return await exchanges.serve(raw)

    async def _next(self) -> Exchanges:
        self._waiting += 1
        try:
            while (exchanges := self._exchanges) is None:
                self._given.clear()
                await self._given.wait()
            return exchanges
        finally:
            self._waiting -= 1

    def _fitting(self) -> Limits:
        """Return the limits, with no more connections than descriptors."""
        fit = connections_that_fit()
        if self._limits.most <= fit:
            return self._limits
        if self._limits.most < MOST:
            self._warn("fewer connections than limits.max_connections", limit=fit, hint="raise ulimit -n")
        return replace(self._limits, most=fit)

    def _max_head(self) -> int:
        return self._exchanges.max_head if self._exchanges is not None else MAX_HEAD

    def _warn(self, event: str, **about: object) -> None:
        if self._exchanges is not None:
            self._exchanges.observer.warn(event, **about)
