"""Listens, and gives each connection its protocol; stops in an order in which nobody loses an answer that is on its way."""

from __future__ import annotations

import asyncio
import ssl
from time import monotonic

from msgspec.structs import replace

from gateway.system.descriptors import MOST, connections_that_fit
from gateway.wire.accepting import Acceptor, bound_sockets
from gateway.wire.connections import Connections, Limits
from gateway.wire.handler import Handler
from gateway.wire.protocol import AppConnection, Site
from gateway.wire.reading import heads

GRACE_SECONDS = 10.0
"""How long exchanges in flight may take to finish when the gateway is told to stop."""

LAST_SECONDS = 0.1
"""How long what was still not finished then may take to be cancelled."""


class Server:
    """An HTTP/1.1 server before one that answers."""

    def __init__(self, handler: Handler, limits: Limits | None = None) -> None:
        """Without `limits` there may be as many connections as the descriptors allow."""
        self._handler = handler
        self._limits = limits or Limits()
        self._site: Site | None = None
        self._acceptor: Acceptor | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen, and return the port, which port 0 leaves to the system; an address that is taken is an OSError."""
        connections = Connections(self._fitting(), self._handler.warn)
        site = self._site = Site(self._handler, connections, heads())
        loop = asyncio.get_running_loop()
        listening = await bound_sockets(host, port)
        self._acceptor = Acceptor(listening, lambda: AppConnection(site, loop), connections, tls)
        return int(listening[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._site is None else len(self._site.connections)

    def adjust(self, limits: Limits, tls: ssl.SSLContext | None) -> None:
        """Go on with other limits, and another certificate for the next connection. Those that are open stay open, with their longest head."""
        self._limits = limits
        if self._site is not None and self._acceptor is not None:
            self._site.connections.limit(self._fitting())
            self._acceptor.tls = tls

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Accept nothing more, and let what is in flight finish within `grace` seconds; then end it."""
        if self._acceptor is None or self._site is None:
            return
        await self._acceptor.close()
        self._site.stopping = True
        for connection in tuple(self._site.open):
            connection.end_silence()
        await self._handler.finish(grace)
        await self._settle(self._site)
        for connection in tuple(self._site.open):
            connection.give_up()
        await self._settle(self._site)

    async def _settle(self, site: Site) -> None:
        """Close the connections, and wait for those at work as long as the last moment is."""
        end = monotonic() + LAST_SECONDS
        while [  # noqa: ASYNC110  # each is asked, and none has an event of its own for this
            connection for connection in tuple(site.open) if connection.stop()
        ] and monotonic() < end:
            await asyncio.sleep(LAST_SECONDS / 10)

    def _fitting(self) -> Limits:
        """Return the limits, with no more connections than descriptors."""
        fit = connections_that_fit()
        if self._limits.most <= fit:
            return self._limits
        if self._limits.most < MOST:
            self._handler.warn("fewer connections than limits.max_connections", limit=fit, hint="raise ulimit -n")
        return replace(self._limits, most=fit)
