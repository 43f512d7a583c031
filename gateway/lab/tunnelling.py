"""Handles CONNECT. The gateway itself serves a host of the lab; a listed host gets a tunnel; any other host is refused.

Facts
-----
* For a host of the lab, the gateway accepts the CONNECT, and serves TLS with a certificate of the lab. The requests inside are ordinary
  exchanges, as on every other listener. The first byte shows whether TLS or plain HTTP comes.
* A proxy refuses a tunnel with an ordinary response (RFC 9110 section 9.3.6).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic

from gateway.core.errors import gateway_error
from gateway.core.hostport import host_port
from gateway.lab.dialling import Dialler
from gateway.lab.private import is_private
from gateway.lab.proxy_terms import ProxyCounts, ProxyTerms
from gateway.lab.splicing import Tunnel
from gateway.lab.tunnels import FULL, NOT_PRIVATE, ProxyRefusedError
from gateway.wire.accepting import Served, Terms
from gateway.wire.connect import OPENED, TLS, EndlessHeadError, connect_head, destination, first_bytes
from gateway.wire.reading import ENDLESS_HEAD, Refusal
from gateway.wire.writing import closing

SILENT_SECONDS = 1.0
"""While the gateway ends, a tunnel that is silent for so many seconds is closed."""
REFUSAL_SECONDS = 2.0
"""Longest time for a refused client to close its connection, in seconds."""
NO_DESTINATION = Refusal(400, "proxy_destination", "Expected CONNECT HOST:PORT.")


class Tunnelling:
    """Reads the beginning of connections, and carries tunnels."""

    def __init__(
        self,
        terms: Callable[[], ProxyTerms],
        dialler: Dialler,
        counts: ProxyCounts,
        *,
        warn: Callable[..., None],
        say: Callable[..., None],
    ) -> None:
        """`terms` returns the present settings. `say` writes a line of the log, and `warn` a warning."""
        self._terms = terms
        self._dialler = dialler
        self._counts = counts
        self._warn = warn
        self._say = say
        self._tunnels: dict[asyncio.Task[None], Tunnel] = {}
        self._refusals: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tunnels)

    async def open(self, wire: socket.socket, peer: str) -> Terms | Served:
        """Read a connection's first bytes, and return how to serve it. OSError if the connection ended."""
        to: tuple[str, int] | None = None
        try:
            to = await _asked(wire, peer)
            if to is None:
                return Terms()
            if self._terms().is_own(to[0]):
                return await self._opened(wire, to[0])
            self._terms().demand_listed(to)
            if len(self._tunnels) >= self._terms().most_tunnels:
                raise ProxyRefusedError(FULL)  # noqa: TRY301  # answered like the other refusals
        except ProxyRefusedError as error:
            return partial(self._refuse, wire, peer, error.refusal, to)
        return partial(self._tunnel, wire, peer, to)

    async def finish(self, grace: float) -> None:
        """Let active tunnels continue for at most `grace` seconds, then end them."""
        end = monotonic() + grace
        while self._tunnels and (left := end - monotonic()) > 0:
            for task, tunnel in self._tunnels.items():
                if monotonic() - tunnel.moved_at >= SILENT_SECONDS:
                    task.cancel()
            await asyncio.wait([*self._tunnels], timeout=min(left, SILENT_SECONDS / 4))
        tasks = [*self._tunnels, *self._refusals]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _opened(self, wire: socket.socket, host: str) -> Terms:
        terms = self._terms()
        await asyncio.get_running_loop().sock_sendall(wire, OPENED)
        self._counts.opened += 1
        if await first_bytes(wire) != TLS:
            return Terms()
        return Terms(terms.certificate(host), refusals=terms.refusals)

    async def _tunnel(self, wire: socket.socket, peer: str, to: tuple[str, int]) -> None:
        """Connect a client to a host, and copy bytes between them until the end."""
        task, tunnel = _this_task(), Tunnel(moved_at=monotonic())
        self._tunnels[task] = tunnel
        try:
            there = await self._dialler.connect(*to)
            self._counts.tunnelled += 1
            await self._carry(tunnel, wire, there, {"peer": peer, "to": host_port(*to)})
        except ProxyRefusedError as error:
            await self._refuse(wire, peer, error.refusal, to)
        finally:
            del self._tunnels[task]
            wire.close()

    async def _carry(self, tunnel: Tunnel, wire: socket.socket, there: socket.socket, about: dict[str, str]) -> None:
        began, why = monotonic(), "stopped"
        try:
            await asyncio.get_running_loop().sock_sendall(wire, OPENED)
            why = await tunnel.carry(wire, there)
        except OSError:  # the client left before it got its answer
            why = "reset"
        finally:
            there.close()
            seconds = round(monotonic() - began, 3)
            self._say("tunnel", **about, sent=tunnel.sent, received=tunnel.received, seconds=seconds, ended=why)

    async def _refuse(
        self, wire: socket.socket, peer: str, refusal: Refusal, to: tuple[str, int] | None = None
    ) -> None:
        """Answer a client, and let the client close. If the gateway closed first, a reset could destroy the answer."""
        task, loop = _this_task(), asyncio.get_running_loop()
        self._refusals.add(task)
        self._counts.tell(self._warn, peer, "CONNECT", refusal, to)
        try:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(REFUSAL_SECONDS):
                    await loop.sock_sendall(wire, closing(gateway_error(*refusal)))
                    wire.shutdown(socket.SHUT_WR)
                    while await loop.sock_recv(wire, 1 << 14):
                        pass
        finally:
            self._refusals.discard(task)
            wire.close()


async def _asked(wire: socket.socket, peer: str) -> tuple[str, int] | None:
    """Return the destination of a CONNECT; None for another message. ProxyRefusedError if refused, OSError if the connection ended."""
    if not is_private(peer):
        raise ProxyRefusedError(NOT_PRIVATE)
    try:
        head = await connect_head(wire)
    except EndlessHeadError:
        raise ProxyRefusedError(ENDLESS_HEAD) from None
    if head is None:
        return None
    to = destination(head)
    if to is None:
        raise ProxyRefusedError(NO_DESTINATION)
    return to


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a running coroutine has a task
    return task
