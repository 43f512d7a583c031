"""Connections to an upstream: kept for reuse while they are young, and closed if unexpected bytes came.

Facts
-----
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `TCPConnector.connect` with a `ClientRequest` and no
  `ClientSession`, and `_factory`, which makes the protocol of a new connection.
* aiohttp's connector resolves, connects and does TLS. It gets a connection back only to close it. Idle connections are
  kept here, where taking one and giving it back needs no waiting.
* A proxy must not do what a session adds: headers, cookies, redirects, decompression. A session also sends GET and DELETE again when a
  connection breaks (aio-libs/aiohttp issue 10790), and a logout must never be repeated.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Any

import aiohttp
from aiohttp.abc import ResolveResult
from msgspec import Struct
from yarl import URL

from gateway.wire import c_parser
from gateway.wire.failures import Unreached, UnreachedError
from gateway.wire.outbox import Outbox
from gateway.wire.tls import client_context
from gateway.wire.tls_failures import OF_UPSTREAMS, reason_of
from gateway.wire.upstream_connection import UpstreamConnection

c_parser.insist()

IDLE_SECONDS = 15.0
"""How long a connection may be idle: less than a load balancer's 60 s, so that the load balancer does not close it while we send."""
DNS_SECONDS = 30
OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


class Where(Struct, frozen=True):
    """Where an upstream is, and how long to wait for a connection to it."""

    origin: str
    """Scheme, host and port, such as `https://api.auth.adobe.com`."""
    connect_to: str | None = None
    """`host` or `host:port` to connect to instead; Host and the TLS name stay the origin's."""
    ca_file: str | None = None
    connect_seconds: float = 5.0


class Way(Struct, frozen=True):
    """How this process gets to upstreams."""

    look_up: Callable[[str], Awaitable[list[str] | None]] | None = None
    """Returns a host's addresses, or None to ask the system; raises OSError."""
    leads_here: Callable[[str, int], bool] = lambda *_: False
    """Whether an address and port lead to this process itself."""


class _Resolver(aiohttp.ThreadedResolver):
    """Asks `look_up`, and the system for hosts that `look_up` does not know."""

    def __init__(self, look_up: Callable[[str], Awaitable[list[str] | None]]) -> None:
        super().__init__()
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host."""
        found = await self._look_up(host)
        if found is None:
            return await super().resolve(host, port, family)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]


class _Connector(aiohttp.TCPConnector):
    """aiohttp's way to a new connection.

    It has no limit of its own: each exchange has at most one connection, and `limits.max_connections` bounds the exchanges.
    """

    def __init__(self, way: Way) -> None:
        def new_socket(where: tuple[Any, ...]) -> socket.socket:
            family, kind, proto, _, place = where
            if way.leads_here(*place[:2]):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            return socket.socket(family, kind, proto)

        resolver = _Resolver(way.look_up) if way.look_up is not None else None
        super().__init__(
            limit=0, ttl_dns_cache=DNS_SECONDS, force_close=True, resolver=resolver, socket_factory=new_socket
        )
        self._factory = partial(UpstreamConnection, loop=self._loop)  # type: ignore[assignment]  # it is a ResponseHandler


class Pool:
    """The connections to one place."""

    def __init__(self, place: Where, way: Way) -> None:
        """Take the running loop; raise OSError if `ca_file` cannot be used."""
        origin = URL(place.origin)
        where = origin
        if place.connect_to is not None:
            elsewhere = URL(f"{origin.scheme}://{place.connect_to}")
            where = elsewhere if elsewhere.explicit_port else elsewhere.with_port(origin.port)
        self.authority = origin.host_port_subcomponent or ""
        """The value of a Host field for the place."""
        self._connector = _Connector(way)
        self._idle: deque[UpstreamConnection] = deque()
        """Idle connections, the longest idle first."""
        self._sweep: asyncio.TimerHandle | None = None
        self._outbox = Outbox()
        self._opened = 0
        self._closed = False
        self._where = where
        self._name = origin.raw_host if origin.scheme == "https" else None
        """The TLS name of the place."""
        self._tls = client_context(place.ca_file) if place.ca_file is not None else None
        self._target: aiohttp.ClientRequest | None = None
        self._timeout = aiohttp.ClientTimeout(connect=place.connect_seconds, sock_connect=place.connect_seconds)

    @property
    def opened(self) -> int:
        """How many connections were opened so far."""
        return self._opened

    def free(self) -> UpstreamConnection | None:
        """Return an idle connection on which nothing has come; None if there is no such connection."""
        idle = self._idle
        if not idle:
            return None
        now = monotonic()
        while idle:
            peer = idle.pop()  # the last used connection: the others may grow old
            if now - peer.idle_since <= IDLE_SECONDS and peer.may_serve_again(now):
                return peer
            peer.held.close()
        return None

    async def connect(self) -> UpstreamConnection:
        """Return a connection on which nothing has come; raise UnreachedError if no connection can be opened."""
        free = self.free()
        if free is not None:
            return free
        try:
            connection = await self._connector.connect(await self._made_target(), [], self._timeout)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _unreached(error) from error
        peer = connection.protocol
        assert isinstance(peer, UpstreamConnection)  # noqa: S101  # what the factory makes
        peer.born, peer.held, peer.outbox = monotonic(), connection, self._outbox
        self._opened += 1
        return peer

    async def _made_target(self) -> aiohttp.ClientRequest:
        """Return the request object that tells aiohttp's connector where to connect."""
        if self._target is None:
            if self._name is not None and self._tls is None:
                self._tls = await asyncio.to_thread(client_context)
            self._target = aiohttp.ClientRequest(
                "GET",
                self._where,
                loop=asyncio.get_running_loop(),
                ssl=self._tls if self._tls is not None else True,
                server_hostname=self._name,
            )
        return self._target

    def give_back(self, peer: UpstreamConnection) -> None:
        """Take a connection back after the end of its answer: keep it if it may serve again, else close it."""
        now = monotonic()
        if self._tls is not None:
            self._tls.remember(peer.transport)
        if self._closed or not peer.may_serve_again(now):
            peer.held.close()
            return
        peer.idle_since = now
        self._idle.append(peer)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        """Close connections that were idle for too long: they are the first ones."""
        self._sweep = None
        now = monotonic()
        while self._idle:
            peer = self._idle[0]
            if now - peer.idle_since < IDLE_SECONDS and peer.is_connected():
                self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)
                return
            self._idle.popleft().held.close()

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        while self._idle:
            self._idle.pop().held.close()
        await self._connector.close()


def _unreached(error: Exception) -> UnreachedError:  # noqa: PLR0911  # one for each reason
    """Return why no connection could be opened. Exceptions quote addresses and certificates, so their text stays here."""
    if isinstance(error, OSError) and error.errno in OUT_OF_DESCRIPTORS:
        return UnreachedError(Unreached.DESCRIPTORS)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "") or "it cannot be verified"
        return UnreachedError(Unreached.CERTIFICATE, why)
    cause = getattr(error, "os_error", error)
    if getattr(cause, "errno", None) == errno.ELOOP:
        return UnreachedError(Unreached.LOOP)
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError) or _ended_in_handshake(cause):
        return UnreachedError(Unreached.TLS, reason_of(cause, OF_UPSTREAMS))
    if isinstance(error, asyncio.TimeoutError):
        return UnreachedError(Unreached.TIMEOUT)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return UnreachedError(Unreached.NAME)
    return UnreachedError(
        Unreached.OTHER, os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
    )


def _ended_in_handshake(error: BaseException) -> bool:
    """Whether the other side closed during the TLS handshake: the loop then raises a ConnectionResetError without an errno."""
    return isinstance(error, ConnectionResetError) and error.errno is None
