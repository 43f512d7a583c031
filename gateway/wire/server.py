"""Listens, and gives each connection its protocol. It stops in an order that loses no answer that is on its way."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from time import monotonic

from msgspec.structs import replace

from gateway.system.descriptors import MOST, connections_that_fit
from gateway.wire.accepting import Acceptor, Terms, Turns, bound_sockets
from gateway.wire.app_ending import Site
from gateway.wire.connections import Connections, Limits
from gateway.wire.handler import Handler
from gateway.wire.protocol import AppConnection
from gateway.wire.reading import Heads

GRACE_SECONDS = 10.0
"""How long exchanges in flight may take to finish after the gateway was told to stop."""

LAST_SECONDS = 0.1
"""How long the cancelling of the remaining exchanges may take."""


class Server:
    """An HTTP/1.1 server; a handler answers its messages."""

    def __init__(self, handler: Handler, limits: Limits | None = None) -> None:
        """Without `limits`, the file descriptors limit the number of connections."""
        self._handler = handler
        self._limits = limits or Limits()
        self._connections: Connections | None = None
        """The connections of all sockets on which it listens; None before it listens."""
        self._sites: list[Site] = []
        self._acceptors: list[Acceptor] = []

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen at one address, and return the port. With port 0 the system chooses one. Raises OSError if the address is in use."""
        return self.listen(await bound_sockets(host, port), Terms(tls))

    def listen(
        self, listening: list[socket.socket], terms: Terms, handler: Handler | None = None, turns: Turns | None = None
    ) -> int:
        """Accept connections on more listening sockets, and return their port.

        `handler` answers on them; without one the server's own handler answers. `turns`: given if other processes accept on them, too.
        """
        site, loop = self._site(handler or self._handler), asyncio.get_running_loop()
        self._acceptors.append(Acceptor(listening, lambda: AppConnection(site, loop), site.connections, terms, turns))
        return int(listening[0].getsockname()[1])

    def _site(self, handler: Handler) -> Site:
        """Return the `Site` that all connections of a handler share. The connections of all handlers are counted together."""
        for site in self._sites:
            if site.handler is handler:
                return site
        if self._connections is None:
            self._connections = Connections(self._fitting(), self._handler.warn)
        self._sites.append(Site(handler, self._connections, Heads()))
        return self._sites[-1]

    @property
    def sockets(self) -> list[socket.socket]:
        """The sockets on which it listens."""
        return [each for acceptor in self._acceptors for each in acceptor.listening]

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._connections is None else len(self._connections)

    def adjust(self, limits: Limits, terms: Sequence[Terms]) -> None:
        """Use other limits, and other terms for new connections; `terms` in the order in which `listen` was called.

        Open connections stay open, and keep their longest head.
        """
        self._limits = limits
        if self._connections is not None:
            self._connections.limit(self._fitting())
            for acceptor, one in zip(self._acceptors, terms, strict=True):
                acceptor.terms = one

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Accept no more connections. Let the exchanges in flight finish within `grace` seconds; then cancel them."""
        await asyncio.gather(*[acceptor.close() for acceptor in self._acceptors])
        for site in self._sites:
            site.stopping = True
            for connection in tuple(site.open):
                connection.end_silence()
        await asyncio.gather(*[site.handler.finish(grace) for site in self._sites])
        await self._settle()
        for site in self._sites:
            for connection in tuple(site.open):
                connection.give_up()
        await self._settle()

    async def _settle(self) -> None:
        """Close the connections, and wait at most `LAST_SECONDS` for busy connections."""
        end = monotonic() + LAST_SECONDS
        while [  # noqa: ASYNC110  # a connection has no event for this
            connection for site in self._sites for connection in tuple(site.open) if connection.stop()
        ] and monotonic() < end:
            await asyncio.sleep(LAST_SECONDS / 10)

    def _fitting(self) -> Limits:
        """Return the limits, with no more connections than there are file descriptors."""
        fit = connections_that_fit()
        if self._limits.most <= fit:
            return self._limits
        if self._limits.most < MOST:
            self._handler.warn("fewer connections than limits.max_connections", limit=fit, hint="raise ulimit -n")
        return replace(self._limits, most=fit)
