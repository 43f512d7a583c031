"""Sends a request to an upstream, once, over a pool of connections, and answers for whatever goes wrong.

aiohttp's connector and response parser are used without its ClientSession: what a session adds (headers, cookies, redirects,
decompression, and a second sending of GET and DELETE when a connection breaks, aio-libs/aiohttp issue 10790) is what a proxy
must not do, and a logout is a request that must not be repeated.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections.abc import AsyncIterator
from functools import partial
from time import monotonic

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, HttpVersion10, HttpVersion11, StreamWriter
from aiohttp.streams import StreamReader
from aiohttp.tracing import Trace
from msgspec import Struct
from yarl import URL

from gateway.core.errors import gateway_error
from gateway.core.headers import end_to_end
from gateway.core.model import Body, BodyTruncatedError, Headers, Request, Response, Source, Stream
from gateway.transports.bodies import close
from gateway.wire.http1 import (
    LAST_CHUNK,
    HeadError,
    chunk,
    content_length,
    framed,
    one_reading,
    request_head,
    response_head,
)

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
OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


class Destination(Struct, frozen=True):
    """Where an upstream is, and how long to wait for it."""

    name: str
    origin: str
    """Scheme, host and port, such as `https://api.auth.adobe.com`."""
    connect_to: str | None = None
    """`host` or `host:port` to connect to instead; Host and the TLS name stay the origin's."""
    ca_file: str | None = None
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    """The longest silence between two pieces of an answer."""
    source: Source = "upstream"
    """Who its answers come from: an emulator of another process is reached like an upstream, and stands for one."""
    max_head: int = 65536
    """Bytes of one line or field of an answer's head."""


class Peer(ResponseHandler):
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
            self.set_exception(HttpProcessingError(code=502, message="heads or framing without end"))
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


class Pool(aiohttp.TCPConnector):
    """aiohttp's pool, which hands out no connection on which bytes came unasked (aiohttp issue 13656), nor an old one.

    It has no limit of its own: there are as many connections as exchanges, and `limits.max_connections` bounds those.
    """

    def __init__(self) -> None:
        super().__init__(limit=0, ttl_dns_cache=DNS_SECONDS, keepalive_timeout=IDLE_SECONDS)
        self.opened = 0
        self._factory = partial(Peer, loop=self._loop)  # type: ignore[assignment]  # a Peer is a ResponseHandler

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
            assert isinstance(peer, Peer)  # noqa: S101  # what the factory makes
            if peer.born is None:  # whatever is wrong with a new one, another would be no better
                peer.born = monotonic()
                self.opened += 1
                return connection
            if peer.may_serve_again(monotonic()):
                return connection
            connection.close()


class Upstream:
    """One API behind the gateway."""

    def __init__(self, destination: Destination) -> None:
        self._to = destination
        origin = URL(destination.origin)
        self._authority = origin.host_port_subcomponent or ""
        where = origin
        if destination.connect_to is not None:
            place = URL(f"{origin.scheme}://{destination.connect_to}")
            where = place if place.explicit_port else place.with_port(origin.port)
        self._pool = Pool()
        self._target = aiohttp.ClientRequest(
            "GET",
            where,
            loop=asyncio.get_running_loop(),
            ssl=True if destination.ca_file is None else ssl.create_default_context(cafile=destination.ca_file),
            server_hostname=origin.raw_host if origin.scheme == "https" else None,
        )
        self._timeout = aiohttp.ClientTimeout(
            connect=destination.connect_seconds, sock_connect=destination.connect_seconds
        )

    @property
    def connections(self) -> int:
        """How many connections were opened so far."""
        return self._pool.opened

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def send(self, request: Request) -> Response:
        """Send `request` once. What the upstream does wrong comes back as an answer of source `gateway`: 502 or 504; 503 without a descriptor."""
        fields, chunked = framed(end_to_end(request.headers).with_("Host", self._authority).raw, request.body)
        try:
            head = request_head(request.method, request.target, fields)
        except HeadError:
            await close(request.body)
            return gateway_error(502, "unsendable_request", "The request holds a line end where none belongs.")
        try:
            connection = await self._pool.connect(self._target, [], self._timeout)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            await close(request.body)
            return self._connect_failed(error)
        sending = _Sending(connection, self._to.read_seconds)
        try:
            return await sending.converse(head, request, self._to, chunked=chunked)
        except (TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError) as error:
            sending.abandon()
            if sending.upload_broken:
                return gateway_error(400, "request_truncated", "The request's body broke off, stalled or is malformed.")
            return self._answer_failed(error)
        except BaseException:
            sending.abandon()
            raise

    def _connect_failed(self, error: Exception) -> Response:
        """Say that no connection came about, and why. Exceptions quote addresses and certificates, so their text stays here."""
        name = self._to.name
        if isinstance(error, OSError) and error.errno in OUT_OF_DESCRIPTORS:
            return gateway_error(
                503,
                "out_of_descriptors",
                f"The gateway has no descriptor left for a connection to upstream {name}: raise ulimit -n, or lower limits.max_connections.",
            )
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            why = getattr(error.certificate_error, "verify_message", "") or "it cannot be verified"
            return gateway_error(502, "upstream_tls", f"The certificate of upstream {name} is refused: {why}")
        if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
            return gateway_error(502, "upstream_tls", f"The TLS handshake with upstream {name} failed.")
        if isinstance(error, asyncio.TimeoutError):
            seconds = f"{self._to.connect_seconds:g} s"
            return gateway_error(504, "upstream_timeout", f"Upstream {name} did not accept a connection in {seconds}.")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return gateway_error(502, "upstream_unreachable", f"The name of upstream {name} has no address (DNS).")
        why = f": {os.strerror(error.errno)}" if isinstance(error, OSError) and error.errno else ""
        return gateway_error(502, "upstream_unreachable", f"Upstream {name} cannot be connected to{why}.")

    def _answer_failed(self, error: Exception) -> Response:
        name = self._to.name
        if isinstance(error, asyncio.TimeoutError):
            return gateway_error(
                504, "upstream_timeout", f"Upstream {name} was silent for {self._to.read_seconds:g} s."
            )
        if isinstance(error, HttpProcessingError):
            return gateway_error(502, "upstream_protocol", f"Upstream {name} sent what is not an HTTP/1.1 answer.")
        return gateway_error(
            502,
            "upstream_protocol",
            f"Upstream {name} closed the connection instead of answering; it was not asked again.",
        )


class _Sending:
    """One request on one connection: its upload, its answer, and the end of both."""

    def __init__(self, connection: Connection, read_seconds: float) -> None:
        self._connection = connection
        self._read_seconds = read_seconds
        self._upload: asyncio.Task[None] | None = None
        self._answered = False
        self._ends_with_connection = False
        self.upload_broken = False
        """The app did not send its request to the end."""

    async def converse(self, head: bytes, request: Request, to: Destination, *, chunked: bool) -> Response:
        """Write the request, return the answer; its stream keeps the connection until it is read or closed."""
        protocol = self._connection.protocol
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        if protocol.should_close:
            raise HttpProcessingError(code=502, message="bytes before the request")
        if isinstance(protocol, Peer):
            protocol.max_head = to.max_head
        protocol.set_response_params(
            skip_payload=request.method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=to.read_seconds,
            max_line_size=to.max_head,
            max_field_size=to.max_head,
        )
        body = request.body
        if isinstance(body, bytes):
            protocol.transport.write(head + (chunk(body) + LAST_CHUNK if chunked else body))
            protocol.start_timeout()
        else:
            self._upload = asyncio.create_task(self._send_stream(protocol, head, body, chunked=chunked))
        message, payload = await protocol.read()
        interim = 0
        while 100 <= message.code <= 199 and message.code != 101:  # noqa: PLR2004  # RFC 9110 section 15.2
            interim += 1
            if interim > INTERIM_ANSWERS:
                raise HttpProcessingError(code=502, message="interim answers without end")
            async with asyncio.timeout(
                self._read_seconds if self._uploaded else None
            ):  # the parser's own timer ends with any answer
                message, payload = await protocol.read()
        self._answered = True
        fields = message.raw_headers
        if (
            message.code < 200  # noqa: PLR2004  # an upgrade that nobody asked for, or no status at all
            or message.version not in {HttpVersion10, HttpVersion11}
            or not one_reading(fields)
            or (message.version == HttpVersion10 and "Transfer-Encoding" in message.headers)
        ):
            raise HttpProcessingError(
                code=502, message="not a final answer of HTTP/1.1 that can be read in one way only"
            )
        reason = message.reason.encode("utf-8", "surrogateescape").decode("latin-1")
        try:
            response_head(message.code, reason, fields)
        except HeadError as error:  # the parser takes `Content-Length :` for a name, RFC 9112 section 5.1
            raise HttpProcessingError(code=502, message="malformed head") from error
        self._ends_with_connection = not message.chunked and content_length(fields) is None
        return Response(
            status=message.code,
            reason=reason,
            headers=end_to_end(Headers(fields)),
            body=self._body(payload),
            source=to.source,
        )

    @property
    def _uploaded(self) -> bool:
        return self._upload is None or self._upload.done()

    @property
    def broken(self) -> bool:
        """Whether an answer that ends with its connection ended with a reset, which the parser takes for an end (RFC 9112 section 8)."""
        protocol = self._connection.protocol
        return self._ends_with_connection and protocol is not None and isinstance(protocol.exception(), OSError)

    def _body(self, payload: StreamReader) -> Body:
        """Return the whole body when it has come with the head, as small ones do; otherwise the stream of it."""
        if payload.is_eof() and payload.exception() is None and self._uploaded and not self.broken:
            body = payload.read_nowait(-1)
            self.finish()
            return body
        return AnswerBody(payload, self)

    async def _send_stream(self, protocol: ResponseHandler, head: bytes, body: Stream, *, chunked: bool) -> None:
        """Pass an upload on as it comes. An upstream that closes is heard of by the reader of its answer."""
        writer = StreamWriter(protocol, asyncio.get_running_loop())
        try:
            await self._write(writer, head)
            async for piece in body:
                await self._write(writer, chunk(piece) if chunked else piece)
            await self._write(writer, LAST_CHUNK if chunked else b"")
            protocol.start_timeout()
        except TimeoutError:
            if not self._answered:
                protocol.set_exception(aiohttp.SocketTimeoutError("the upload is not taken"))
        except (OSError, aiohttp.ClientError):
            await body.aclose()
        except BaseException as error:  # the app broke off, so its request must not look whole
            self._connection.close()
            self.upload_broken = isinstance(error, BodyTruncatedError)
            if not self.upload_broken:
                raise

    async def _write(self, writer: StreamWriter, data: bytes) -> None:
        async with asyncio.timeout(self._read_seconds):
            await writer.write(data)

    def finish(self) -> None:
        """Give the connection back, unless an upload is still on its way: an early answer ends the connection."""
        if not self._uploaded:
            self.abandon()
            return
        if (protocol := self._connection.protocol) is not None:
            protocol.read_timeout = None
            protocol.start_timeout()  # which ends the one that an upload's end may have started after its answer
        self._connection.release()

    def abandon(self) -> None:
        """Stop the upload and close the connection."""
        if self._upload is not None:
            self._upload.cancel()
        self._connection.close()


class AnswerBody:
    """The body of an answer as it arrives; closing it early closes the connection."""

    def __init__(self, payload: StreamReader, sending: _Sending) -> None:
        self._payload = payload
        self._sending: _Sending | None = sending

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while piece := await self._payload.readany():
                yield piece
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            await self.aclose()
            raise BodyTruncatedError from error
        if self._sending is not None:
            if self._sending.broken:
                await self.aclose()
                raise BodyTruncatedError
            self._sending.finish()
            self._sending = None

    async def aclose(self) -> None:
        """Close the connection if the body has not been read to its end."""
        if self._sending is not None:
            self._sending.abandon()
            self._sending = None
