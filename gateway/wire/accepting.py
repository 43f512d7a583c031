"""Accepts connections while there is room for them; while there is none, the kernel's queue holds who comes.

An `asyncio.Server` cannot pause, and uvloop's accepts and closes without a word when it is out of descriptors.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gateway.wire.connections import Connections
from gateway.wire.tls_failures import LATE, OF_APPS, reason_of

BACKLOG = 1024
"""How many connections the kernel may hold for us; it may have a lower limit (net.core.somaxconn)."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
RETRY_SECONDS = 0.5
"""How long nothing is accepted when the system has no descriptor or memory left, unless a connection closes before."""
HANDSHAKE = "TLS handshake failed"
SHUTDOWN_SECONDS = 5.0
"""How long the other side may take to answer the end of TLS."""


async def bound_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on each address of `host`, all with one port; port 0 picks a free one. An address that is taken is an OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listening: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            if not port and listening:
                address = (address[0], listening[0].getsockname()[1], *address[2:])  # noqa: PLW2901  # the first one's port
            try:
                listening.append(socket.create_server(address, family=family, backlog=BACKLOG))
            except OSError as error:
                if error.errno != errno.EAFNOSUPPORT or len(found) == 1:  # a kernel without IPv6
                    raise
            else:
                listening[-1].setblocking(False)
    except BaseException:
        for each in listening:
            each.close()
        raise
    return listening


class Acceptor:
    """Accepts on listening sockets, and hands each connection to a protocol of its own."""

    def __init__(
        self,
        listening: list[socket.socket],
        protocol: Callable[[], Any],
        connections: Connections,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`protocol` makes an asyncio.Protocol that is a Connection too."""
        self._listening = listening
        self._protocol = protocol
        self._connections = connections
        self.tls = tls
        """How the next connection is served HTTPS; None is plain HTTP."""
        self._loop = asyncio.get_running_loop()
        self._tasks = {self._loop.create_task(self._accept(each)) for each in listening}
        self._clock = self._loop.call_soon(self._keep_time)
        self._closing = False

    async def close(self) -> None:
        """Accept nothing more; connections that are open stay so. What waits in the kernel's queue is refused by it."""
        self._closing = True
        self._clock.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in self._listening:
            each.close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, address = await self._loop.sock_accept(listening)
            except OSError as error:
                if error.errno in EXHAUSTED:
                    self._connections.count(
                        "out of descriptors", hint="raise ulimit -n, or lower limits.max_connections"
                    )
                    with suppress(TimeoutError):
                        async with asyncio.timeout(RETRY_SECONDS):
                            await self._connections.change()
                continue  # any other is of a connection that ended before it was accepted
            try:
                await self._connections.room()
            except BaseException:
                accepted.close()
                raise
            protocol = self._protocol()
            self._connections.opened(protocol)
            task = self._loop.create_task(self._serve(accepted, address[0], protocol))
            protocol.handshake = task
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda done, socket=accepted: socket.close() if done.cancelled() else None)  # type: ignore[misc]  # one that never began, too

    async def _serve(self, accepted: socket.socket, peer: str, protocol: Any) -> None:
        """Make the connection's transport, which closes the socket in the end. A handshake that takes too long is cancelled by the clock."""
        tls = self.tls
        bounds = {"ssl_shutdown_timeout": SHUTDOWN_SECONDS} if tls is not None else {}
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, accepted, ssl=tls, **bounds)
        except OSError as error:  # which an SSLError is
            self._connections.count(HANDSHAKE, peer=peer, reason=reason_of(error, OF_APPS))
            self._connections.closed(protocol)
        except asyncio.CancelledError:
            if tls is not None and not self._closing:
                self._connections.count(HANDSHAKE, peer=peer, reason=LATE)
            self._connections.closed(protocol)
            raise
        except BaseException:
            self._connections.closed(protocol)
            raise
        finally:
            protocol.handshake = None

    def _keep_time(self) -> None:
        more = self._connections.sweep()
        self._clock = self._loop.call_later(0 if more else self._connections.pace, self._keep_time)
