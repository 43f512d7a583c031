"""Accepts connections while there is room; otherwise new connections wait in the kernel's queue.

An `asyncio.Server` cannot pause. uvloop's server silently closes new connections when it is out of descriptors.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from gateway.wire.connections import Connections
from gateway.wire.proxy_protocol import ProxyHeaderError, read_proxy_header
from gateway.wire.refusals import CertificateRefusals
from gateway.wire.tls_failures import CLOSED, DISTRUST, LATE, OF_APPS, reason_of

BACKLOG = 1024
"""How many connections the kernel may hold for us; it may have a lower limit (net.core.somaxconn)."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
RETRY_SECONDS = 0.5
"""Seconds without accepting after the system ran out of descriptors or memory, unless a connection closes before."""
HANDSHAKE = "TLS handshake failed"
REFUSED = "PROXY protocol refused"
PROXY_HINT = "this listener has proxy_protocol, so that only trusted proxies may connect to it"
SHUTDOWN_SECONDS = 5.0
"""How long the other side may take to answer the end of TLS."""


_NO_IPV6 = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
"""Errors of a kernel that has no IPv6, or has it switched off."""


class Terms(Struct, frozen=True):
    """How connections of one listener are served."""

    tls: ssl.SSLContext | None = None
    """None is plain HTTP."""
    proxies: Callable[[str], bool] | None = None
    """Says whether a peer may begin its connections with a PROXY protocol header; None: connections begin without one."""
    refusals: CertificateRefusals | None = None
    """Hears of clients that refuse the certificate, and of clients that accept it. None if nobody needs this."""
    opens: Opens | None = None
    """Looks at a connection's beginning before it is served; None: each connection is served under these terms."""

    @property
    def secured(self) -> dict[str, Any]:
        """The arguments of asyncio for TLS."""
        return {"ssl": self.tls, "ssl_shutdown_timeout": SHUTDOWN_SECONDS} if self.tls is not None else {}


Served: TypeAlias = Callable[[], Awaitable[None]]
"""Serves a connection to its end, outside of HTTP, and closes it. It has its own clocks, and its own way to be ended."""
Opens: TypeAlias = Callable[[socket.socket, str], Awaitable[Terms | Served]]
"""Takes a connection and its peer's address. Returns the terms for its messages, or what serves it outside of HTTP. OSError: it ended."""


async def bound_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on each address of `host`, all with one port; port 0 picks a free one. Raises OSError if an address is taken."""
    loop = asyncio.get_running_loop()
    every = host in {"", "::"}  # two sockets, so that each peer has its own family's address
    found = await loop.getaddrinfo(None if every else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listening: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            if not port and listening:
                address = (address[0], listening[0].getsockname()[1], *address[2:])  # noqa: PLW2901  # the first one's port
            try:
                listening.append(socket.create_server(address, family=family, backlog=BACKLOG))
            except OSError as error:
                if error.errno not in _NO_IPV6 or len(found) == 1:
                    raise
            else:
                listening[-1].setblocking(False)
    except BaseException:
        for each in listening:
            each.close()
        raise
    return listening


class Turns(Protocol):
    """Says which of several processes that wait at the same sockets takes the next connection."""

    def wait(self, connections: int) -> float:
        """Return for how many seconds this process lets the others go first. `connections`: how many it has."""


class Acceptor:
    """Accepts on listening sockets, and hands each connection to a protocol of its own."""

    def __init__(
        self,
        listening: list[socket.socket],
        protocol: Callable[[], Any],
        connections: Connections,
        terms: Terms,
        turns: Turns | None = None,
    ) -> None:
        """`protocol` makes an asyncio.Protocol that is also a Connection. Its `speaks_for` is the address that a proxy named.

        `turns`: given if other processes accept on the same sockets.
        """
        self._turns = turns
        self.listening = listening
        """The sockets, which `close` closes."""
        self._protocol = protocol
        self._connections = connections
        self.terms = terms
        """How the next connection is served."""
        self._loop = asyncio.get_running_loop()
        self._tasks = {self._loop.create_task(self._accept(each)) for each in listening}
        self._clock = self._loop.call_soon(self._keep_time)
        self._closing = False

    async def close(self) -> None:
        """Accept no more connections; open connections stay open. The kernel refuses connections that wait in its queue."""
        self._closing = True
        self._clock.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in self.listening:
            each.close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, address = await (
                    self._loop.sock_accept(listening) if self._turns is None else self._in_turn(listening, self._turns)
                )
            except OSError as error:
                if error.errno in EXHAUSTED:
                    self._connections.count(
                        "out of descriptors", hint="raise ulimit -n, or lower limits.max_connections"
                    )
                    with suppress(TimeoutError):
                        async with asyncio.timeout(RETRY_SECONDS):
                            await self._connections.change()
                continue  # any other error: the connection ended before it was accepted
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
            task.add_done_callback(lambda done, socket=accepted: socket.close() if done.cancelled() else None)  # type: ignore[misc]  # also a task that never began

    async def _in_turn(self, listening: socket.socket, turns: Turns) -> tuple[socket.socket, Any]:
        """Accept a connection when it is our turn, unless another process has taken it."""
        while True:
            if seconds := turns.wait(len(self._connections)):
                await asyncio.sleep(seconds)
            try:
                accepted, address = listening.accept()
            except BlockingIOError:
                await self._readable(listening)
            else:
                accepted.setblocking(False)
                return accepted, address

    async def _readable(self, listening: socket.socket) -> None:
        """Wait until there is a connection to accept."""
        ready = asyncio.Event()
        self._loop.add_reader(listening, ready.set)
        try:
            await ready.wait()
        finally:
            self._loop.remove_reader(listening)

    async def _serve(self, accepted: socket.socket, peer: str, protocol: Any) -> None:
        """Make the connection's transport, which closes the socket in the end. The clock cancels a handshake that takes too long."""
        terms, about, handed_on = self.terms, {"peer": peer}, False
        try:
            opened = await self._opened(accepted, about, protocol)
            if opened is None:
                return
            terms, handed_on = opened, True
            await self._loop.connect_accepted_socket(lambda: protocol, accepted, **terms.secured)
            if terms.refusals is not None:
                terms.refusals.accepted(protocol.speaks_for or peer)
        except ProxyHeaderError as error:
            self._connections.count(REFUSED, peer=peer, reason=str(error), hint=PROXY_HINT)
            accepted.close()
            protocol.connection_lost(error)  # the connection never began, so nobody else calls this
        except OSError as error:  # also an SSLError
            if not handed_on:
                accepted.close()
            elif terms.tls is not None:
                self._tell_failed_handshake(terms, protocol.speaks_for or peer, about, error)
            protocol.connection_lost(error)
        except asyncio.CancelledError as error:
            if not self._closing and (terms.tls if handed_on else terms.proxies) is not None:
                self._connections.count(HANDSHAKE if handed_on else REFUSED, **about, reason=LATE)
            protocol.connection_lost(error)
            raise
        except BaseException:
            self._connections.closed(protocol)
            raise
        finally:
            protocol.handshake = None

    def _tell_failed_handshake(self, terms: Terms, client: str, about: Mapping[str, str], error: OSError) -> None:
        reason = reason_of(error, OF_APPS)
        is_refusal = reason == CLOSED or reason.startswith(DISTRUST)  # many clients close without a word
        more = terms.refusals.refused(client, reason) if terms.refusals is not None and is_refusal else {}
        self._connections.count(HANDSHAKE, **{**about, **more, "reason": reason})

    async def _opened(self, accepted: socket.socket, about: dict[str, str], protocol: Any) -> Terms | None:
        """Return the terms of a connection, and add its client to `about`; None if it was served outside of HTTP, to its end.

        A connection outside of HTTP has no clock of ours, and `close` does not end it.
        """
        terms, peer = self.terms, about["peer"]
        if terms.proxies is not None:
            protocol.speaks_for = await self._named_by_proxy(accepted, peer, terms.proxies)
            about["device"] = protocol.speaks_for or peer
        opened = await terms.opens(accepted, peer) if terms.opens is not None else terms
        if isinstance(opened, Terms):
            return opened
        self._tasks.discard(protocol.handshake)
        self._connections.waits(protocol, None)
        try:
            await opened()
        finally:
            self._connections.closed(protocol)
        return None

    async def _named_by_proxy(self, accepted: socket.socket, peer: str, proxies: Callable[[str], bool]) -> str:
        """Return the client's address that a proxy names; empty for the proxy's own connection. A bad header: ProxyHeaderError."""
        if not proxies(peer):
            message = "it is not in forwarded_for.trusted_proxies"
            raise ProxyHeaderError(message)

        async def receive(count: int) -> bytes:
            data = b""
            while len(data) < count:
                more = await self._loop.sock_recv(accepted, count - len(data))
                if not more:
                    raise EOFError
                data += more
            return data

        return await read_proxy_header(receive) or ""

    def _keep_time(self) -> None:
        more = self._connections.sweep()
        self._clock = self._loop.call_later(0 if more else self._connections.pace, self._keep_time)
