"""Connections to an upstream: kept while they are young and unused, and never handed out when anything came on them unasked.

Facts
-----
* What is used of aiohttp beyond its documentation, in version 3.14.5: `TCPConnector.connect` with a `ClientRequest` and no
  `ClientSession`, `_factory`, which makes the protocol of a new connection; `ResponseHandler._payload`, `_parser`, `_buffer`
  (the heads that nobody has read), `should_close` and `set_response_params`; `HttpResponseParser`.
* aiohttp's connector resolves, connects and does TLS. It gets no connection back before that is closed: who waits for the next
  request is kept here, where a connection is taken and given back without a wait.
* Most answers are short, and come in one piece. Such a one is parsed by the connection's own parser, which stays for the next. Whatever
  is longer, or anything else, is parsed anew from its first byte as aiohttp does, and is a stream.
* What a session adds (headers, cookies, redirects, decompression, and a second sending of GET and DELETE when a connection
  breaks, aio-libs/aiohttp issue 10790) is what a proxy must not do, and a logout is a request that must not be repeated.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections import deque
from functools import partial
from time import monotonic
from typing import NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, HttpResponseParser, RawResponseMessage
from aiohttp.streams import StreamReader
from msgspec import Struct
from yarl import URL

from gateway.wire import c_parser
from gateway.wire.failures import Unreached, UnreachedError

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
_END = b"\r\n\r\n"
OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


class Where(Struct, frozen=True):
    """Where an upstream is, and how long to wait for a connection to it."""

    origin: str
    """Scheme, host and port, such as `https://api.auth.adobe.com`."""
    connect_to: str | None = None
    """`host` or `host:port` to connect to instead; Host and the TLS name stay the origin's."""
    ca_file: str | None = None
    connect_seconds: float = 5.0


class Whole(NamedTuple):
    """An answer that came in one piece, and nothing else with it."""

    message: RawResponseMessage
    body: bytes


class UpstreamConnection(ResponseHandler):
    """aiohttp's protocol, whose answer fails with it, and which knows how old it is and whether it may serve again."""

    born: float | None = None
    """When it was first handed out."""
    idle_since = 0.0
    _asked: asyncio.Future[Whole | None] | None = None
    """Waits for the first bytes of an answer."""
    _own_parser: HttpResponseParser | None = None
    """Reads answers that come in one piece, one after another."""
    max_head = 1 << 16
    """Bytes of a line or field; with twice as many and no end of the head, or nothing but framing in a body, the answer fails."""
    _progress: tuple[StreamReader | None, int] = (None, 0)
    _barren = 0

    def ask(self, data: bytes, *, seconds: float, max_head: int) -> asyncio.Future[Whole | None]:
        """Write a request that may have a body in its answer; return what waits for that.

        It is None where the answer is not there with its first bytes: then it is read as any other.
        """
        assert self.transport is not None  # noqa: S101  # the caller looked
        if max_head != self.max_head:
            self.max_head, self._own_parser = max_head, None
        self._parser = None
        self._asked = asked = self._loop.create_future()
        self.read_timeout = seconds
        self.transport.write(data)
        self.start_timeout()
        return asked

    def read_as_any(self, *, seconds: float, max_head: int, bodyless: bool) -> None:
        """Have an answer parsed for whoever reads it as it comes."""
        self.max_head = max_head
        self.set_response_params(
            skip_payload=bodyless,
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=seconds,
            max_line_size=max_head,
            max_field_size=max_head,
        )

    def data_received(self, data: bytes) -> None:
        """Parse the first bytes of an answer, which are mostly all of it."""
        asked, self._asked = self._asked, None
        if asked is not None:
            whole = self._whole(data) if len(data) <= STEP else None
            if whole is not None:
                self._drop_timeout()
            else:
                self.read_as_any(seconds=self.read_timeout or 0.0, max_head=self.max_head, bodyless=False)
            if not asked.done():
                asked.set_result(whole)
            if whole is not None:
                return
        self._read(data)

    def _whole(self, data: bytes) -> Whole | None:
        """Return the answer, if these bytes are one and nothing else; what it cannot be told of for sure is none."""
        parser, self._own_parser = self._own_parser or self._new_parser(), None
        try:
            messages, upgraded, _ = parser.feed_data(data)
        except Exception:  # noqa: BLE001  # it is parsed once more, and then it is told
            return None
        if len(messages) != 1 or upgraded:
            return None
        message, payload = messages[0]
        if message.code < 200 or message.chunked or not payload.is_eof() or payload.exception() is not None:  # noqa: PLR2004
            return None
        if len(data) != data.find(_END) + len(_END) + payload.total_bytes:
            return None
        if message.should_close:
            self.force_close()
        self._own_parser = parser
        return Whole(message, payload.read_nowait(-1))

    def _new_parser(self) -> HttpResponseParser:
        return HttpResponseParser(
            self,
            self._loop,
            4 * STEP,  # more than it is ever given at once, so that it does not ask anybody to wait
            payload_exception=aiohttp.ClientPayloadError,
            read_until_eof=True,
            auto_decompress=False,
            max_line_size=self.max_head,
            max_field_size=self.max_head,
        )

    def _read(self, data: bytes) -> None:
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
            self.set_exception(HttpProcessingError(code=502, message="heads or framing without end"))
            if self.transport is not None:
                self.transport.abort()

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Fail, and let the body that is being read fail too: aiohttp leaves it waiting after a malformed chunk."""
        super().set_exception(exc, *cause)
        asked, self._asked = self._asked, None
        if asked is not None and not asked.done():
            asked.set_exception(exc)
        payload = self._payload
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(aiohttp.ClientPayloadError("the connection failed"), exc)

    def may_serve_again(self, now: float) -> bool:
        """Tell whether it is young and open, and nothing came after the last answer: no other one, and no beginning of one."""
        if self.should_close or self.transport is None or self.born is None or now - self.born > LIFE_SECONDS:
            return False
        parser, self._parser = self._parser, None  # what comes from now on is surplus
        try:
            return parser is None or parser.feed_eof() is None  # the parser alone knows of half a head
        except Exception:  # noqa: BLE001  # what it says of that half does not matter
            return False


class _Connector(aiohttp.TCPConnector):
    """aiohttp's way to a new connection.

    It has no limit of its own: there are as many connections as exchanges, and `limits.max_connections` bounds those.
    """

    def __init__(self) -> None:
        super().__init__(limit=0, ttl_dns_cache=DNS_SECONDS, force_close=True)
        self._factory = partial(UpstreamConnection, loop=self._loop)  # type: ignore[assignment]  # which is a ResponseHandler


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
        self._idle: deque[Connection] = deque()
        """Those that wait for a request, the longest waiting first."""
        self._sweep: asyncio.TimerHandle | None = None
        self._opened = 0
        self._closed = False
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
        return self._opened

    async def connect(self) -> Connection:
        """Return a connection on which nothing has come; raise UnreachedError where none comes about."""
        now = monotonic()
        while self._idle:
            connection = self._idle.pop()  # the one that was used last: the others may grow old
            peer = connection.protocol
            if (
                isinstance(peer, UpstreamConnection)
                and now - peer.idle_since <= IDLE_SECONDS
                and peer.may_serve_again(now)
            ):
                return connection
            connection.close()
        try:
            connection = await self._connector.connect(self._target, [], self._timeout)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _unreached(error) from error
        assert isinstance(connection.protocol, UpstreamConnection)  # noqa: S101  # what the factory makes
        connection.protocol.born = monotonic()
        self._opened += 1
        return connection

    def give_back(self, connection: Connection) -> None:
        """Keep a connection whose answer has come to its end for the next request, if it may serve one."""
        peer, now = connection.protocol, monotonic()
        if self._closed or not isinstance(peer, UpstreamConnection) or not peer.may_serve_again(now):
            connection.close()
            return
        peer.idle_since = now
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        """Close those that have waited for too long, which are the first ones."""
        self._sweep = None
        now = monotonic()
        while self._idle:
            peer = self._idle[0].protocol
            if peer is not None and now - getattr(peer, "idle_since", 0.0) < IDLE_SECONDS and peer.is_connected():
                self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)
                return
            self._idle.popleft().close()

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        while self._idle:
            self._idle.pop().close()
        await self._connector.close()


def _unreached(error: Exception) -> UnreachedError:
    """Say why no connection came about. Exceptions quote addresses and certificates, so their text stays here."""
    if isinstance(error, OSError) and error.errno in OUT_OF_DESCRIPTORS:
        return UnreachedError(Unreached.DESCRIPTORS)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "") or "it cannot be verified"
        return UnreachedError(Unreached.CERTIFICATE, why)
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return UnreachedError(Unreached.TLS)
    if isinstance(error, asyncio.TimeoutError):
        return UnreachedError(Unreached.TIMEOUT)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return UnreachedError(Unreached.NAME)
    return UnreachedError(
        Unreached.OTHER, os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
    )
