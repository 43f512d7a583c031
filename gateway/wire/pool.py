"""Connections to an upstream: kept while they are young and unused, and never handed out when anything came on them unasked.

Facts
-----
* What is used of aiohttp beyond its documentation, in version 3.14.5: `TCPConnector.connect` with a `ClientRequest` and no
  `ClientSession`, `_factory`, which makes the protocol of a new connection; `ResponseHandler._payload`, `_parser`, `_buffer`
  (the heads that nobody has read), `should_close` and `set_response_params`.
* What a session adds (headers, cookies, redirects, decompression, and a second sending of GET and DELETE when a connection
  breaks, aio-libs/aiohttp issue 10790) is what a proxy must not do, and a logout is a request that must not be repeated.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from functools import partial
from time import monotonic

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError
from aiohttp.streams import StreamReader
from aiohttp.tracing import Trace
from msgspec import Struct
from yarl import URL

from gateway.wire import c_parser
from gateway.wire.failures import Unreached, UnreachedError
from gateway.wire.tls_failures import OF_UPSTREAMS, reason_of

c_parser.insist()

IDLE_SECONDS = 15.0
"""How long a connection may wait unused: less than a load balancer's 60 s, so that it does not close while we send."""
LIFE_SECONDS = 60.0
"""How long a connection may serve: Adobe moves data centres by DNS (server-to-server cookbook)."""
DNS_SECONDS = 30
INTERIM_ANSWERS = 32
"""How many answers of status 1xx may come before the final one (RFC 9110 section 15.2 sets no limit)."""
STEP = 16384
"""Bytes that are parsed at once while a head is expected: a flood of heads is noticed after a step."""
FRAMING = 8192
"""Bytes that an answer's head may have besides its first line and its fields."""
ENDLESS = "heads or framing without end"
OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


class Where(Struct, frozen=True):
    """Where an upstream is, and how long to wait for a connection to it."""

    origin: str
    """Scheme, host and port, such as `https://api.auth.adobe.com`."""
    connect_to: str | None = None
    """`host` or `host:port` to connect to instead; Host and the TLS name stay the origin's."""
    ca_file: str | None = None
    connect_seconds: float = 5.0


class UpstreamConnection(ResponseHandler):
    """aiohttp's protocol, whose answer fails with it, and which knows how old it is and whether it may serve again."""

    born: float | None = None
    """When it was first handed out."""
    max_head = 1 << 16
    """Bytes of a line or field; with twice as many and no end of the head, or nothing but framing in a body, the answer fails."""
    _progress: tuple[StreamReader | None, int] = (None, 0)
    _barren = 0

    def data_received(self, data: bytes) -> None:
        """Parse in steps while heads are expected, and give up on an answer that is nothing but heads, or a head without an end."""
        rest = data
        while len(rest) > STEP and (self._payload is None or self._payload.is_eof()) and self.exception() is None:
            self._parse(rest[:STEP])
            rest = rest[STEP:]
        if self.exception() is None:
            self._parse(rest)

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        progress = (self._payload, self._payload.total_bytes if self._payload is not None else 0)
        self._barren = self._barren + len(data) if progress == self._progress else 0
        self._progress = progress
        if self.exception() is None and (
            len(self._buffer) > INTERIM_ANSWERS + 1 or self._barren > 2 * self.max_head + FRAMING
        ):
            self.set_exception(HttpProcessingError(code=502, message=ENDLESS))
            if self.transport is not None:
                self.transport.abort()

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Fail, and let the body that is being read fail too: aiohttp leaves it waiting after a malformed chunk."""
        super().set_exception(exc, *cause)
        payload = self._payload
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(aiohttp.ClientPayloadError("the connection failed"), exc)

    def may_serve_again(self, now: float) -> bool:
        """Tell whether it is young, and nothing came after the last answer: no other one, and no beginning of one."""
        if self.should_close or self.born is None or now - self.born > LIFE_SECONDS:
            return False
        try:
            return self._parser is None or self._parser.feed_eof() is None  # the parser alone knows of half a head
        except Exception:  # noqa: BLE001  # what it says of that half does not matter
            return False


class _Connector(aiohttp.TCPConnector):
    """aiohttp's pool, which hands out no connection on which bytes came unasked (aiohttp issue 13656), nor an old one.

    It has no limit of its own: there are as many connections as exchanges, and `limits.max_connections` bounds those.
    """

    def __init__(self) -> None:
        super().__init__(limit=0, ttl_dns_cache=DNS_SECONDS, keepalive_timeout=IDLE_SECONDS)
        self.opened = 0
        self._factory = partial(UpstreamConnection, loop=self._loop)  # type: ignore[assignment]  # which is a ResponseHandler

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # aiohttp's signature
    ) -> Connection:
        """Return a connection that nothing has been received on."""
        while True:
            connection = await super().connect(req, traces, timeout)
            peer = connection.protocol
            assert isinstance(peer, UpstreamConnection)  # noqa: S101  # what the factory makes
            if peer.born is None:  # whatever is wrong with a new one, another would be no better
                peer.born = monotonic()
                self.opened += 1
                return connection
            if peer.may_serve_again(monotonic()):
                return connection
            connection.close()


class Pool:
    """The connections to one place."""

    def __init__(self, place: Where) -> None:
        """Take the running loop; a `ca_file` that is none is an OSError."""
        origin = URL(place.origin)
        where = origin
        if place.connect_to is not None:
            elsewhere = URL(f"{origin.scheme}://{place.connect_to}")
            where = elsewhere if elsewhere.explicit_port else elsewhere.with_port(origin.port)
        self.authority = origin.host_port_subcomponent or ""
        """What a Host field says of the place."""
        self._connector = _Connector()
        self._target = aiohttp.ClientRequest(
            "GET",
            where,
            loop=asyncio.get_running_loop(),
            ssl=True if place.ca_file is None else ssl.create_default_context(cafile=place.ca_file),
            server_hostname=origin.raw_host if origin.scheme == "https" else None,
        )
        self._timeout = aiohttp.ClientTimeout(connect=place.connect_seconds, sock_connect=place.connect_seconds)

    @property
    def opened(self) -> int:
        """How many connections were opened so far."""
        return self._connector.opened

    async def connect(self) -> Connection:
        """Return a connection on which nothing has come; raise UnreachedError where none comes about."""
        try:
            return await self._connector.connect(self._target, [], self._timeout)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _unreached(error) from error

    async def aclose(self) -> None:
        """Close every connection."""
        await self._connector.close()


def _unreached(error: Exception) -> UnreachedError:
    """Say why no connection came about. Exceptions quote addresses and certificates, so their text stays here."""
    if isinstance(error, OSError) and error.errno in OUT_OF_DESCRIPTORS:
        return UnreachedError(Unreached.DESCRIPTORS)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "") or "it cannot be verified"
        return UnreachedError(Unreached.CERTIFICATE, why)
    cause = getattr(error, "os_error", error)
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
    """Whether the other side closed while TLS began: the loop has an error of its own for that, which is not the system's."""
    return isinstance(error, ConnectionResetError) and error.errno is None
