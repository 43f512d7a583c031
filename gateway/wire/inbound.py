"""The app's side of the wire: what aiohttp's server parsed becomes a `Request`, a `Response` becomes bytes.

Facts
-----
* aiohttp's parser refuses most of what RFC 9112 forbids; what it lets through and we do not is listed in `_refusal`.
* `aiohttp.web` is not imported as a whole: its applications, routes and files take a third of the time that its server does.
* Its `Response` classes add Date, Server and Content-Type, and merge repeated fields; replies are written here instead.
* A low-level server answers no `Expect`; the first read of a body does it here (RFC 9110 section 10.1.1).
* After a chunked request the parser gives its trailers to the next request's head, and after `Upgrade: h2c` it drops what
  else came with it, so that the rest may be read as a request. Neither connection serves again: `_may_serve_again`.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import aiohttp
from aiohttp import http_parser
from aiohttp.http import HttpVersion10, HttpVersion11
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, RequestPayloadError, _ErrInfo
from aiohttp.web_request import BaseRequest
from aiohttp.web_server import Server
from msgspec import Struct

from gateway.core.errors import gateway_error
from gateway.core.headers import bare_host
from gateway.core.mistake import Mistake
from gateway.core.model import Body, BodyTruncatedError, Headers, RawHeaders, Request, Response
from gateway.wire.connections import IDLE_SECONDS, Connections, Wait
from gateway.wire.http1 import HOST, LAST_CHUNK, HeadError, chunk, content_length, framed, one_reading, response_head

SILENCE_SECONDS = 30.0
"""How long the pieces of an upload may be apart."""
LEAST_RATE = 500
"""Bytes a second that an upload brings in the long run: less eats up the seconds of silence that it has."""
LINGER_SECONDS = 5.0
"""How long an upload that nobody reads is still swallowed, so that its sender sees the reply."""
MAX_FIELDS = 128
"""How many header fields a request may have."""
FRAMING = 8192
"""Bytes that a head may have besides its first line and its fields: what separates them, and empty lines before."""
PIPELINED = 2
"""How many requests wait behind the one that is answered until no more is read."""
NO_BODY = frozenset({204, 304})
"""RFC 9112 section 6.3: these end with their head."""


ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)
"""RFC 9112 section 3.2.2: the authority, and what is left for the origin."""


class Refusal(NamedTuple):
    """Why a message is not let in."""

    status: int
    code: str
    message: str


def read_request(raw: BaseRequest, own_hosts: frozenset[str], max_head: int) -> Request | Refusal:
    """Return the message as it came, its body a stream unless there is none, or why it is refused."""
    headers = Headers(raw.raw_headers)
    refusal = _refusal(raw, headers, max_head)
    if refusal is not None:
        return refusal
    target = raw.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
    if not target.startswith("/") and target != "*":
        absolute = ABSOLUTE.fullmatch(target)
        authority, target = absolute.groups() if absolute else ("", "")
        if not HOST.fullmatch(authority) or bare_host(authority) not in own_hosts:
            return Refusal(
                421, "foreign_target", "The request target names a host that is none of this gateway's upstreams."
            )
        headers = headers.with_("Host", authority)  # RFC 9112 section 3.2.2: what came as Host is ignored
        target = target if target.startswith("/") else "/" + target
    return Request(method=raw.method, target=target, headers=headers, body=_body(raw, headers))


def _refusal(raw: BaseRequest, headers: Headers, max_head: int) -> Refusal | None:  # noqa: PLR0911  # one for each thing
    if raw.version not in {HttpVersion10, HttpVersion11}:
        return Refusal(505, "http_version", "This gateway speaks HTTP/1.1.")
    if raw.method == "CONNECT":
        return Refusal(405, "connect_refused", "This gateway is a reverse proxy; it opens no tunnels.")
    if sum(len(name) + len(value) for name, value in headers.raw) > max_head:
        return Refusal(431, "head_too_large", "The header fields have more bytes than limits.max_head.")
    if not one_reading(headers.raw) or (raw.version == HttpVersion10 and "Transfer-Encoding" in headers):
        return Refusal(
            400, "ambiguous_framing", "Expected one Content-Length, or chunked as the one Transfer-Encoding."
        )
    hosts = headers.getall("Host")
    if len(hosts) > 1 or (hosts and not HOST.fullmatch(hosts[0])) or (not hosts and raw.version == HttpVersion11):
        return Refusal(400, "invalid_host", "Expected one Host field that is a host and perhaps a port.")
    if headers.get("Expect", "100-continue").lower() != "100-continue":
        return Refusal(417, "expectation_failed", "The only expectation that can be met is 100-continue.")
    return None


def _body(raw: BaseRequest, headers: Headers) -> Body:
    content = raw.content
    if content.is_eof() and content.exception() is None:
        return content.read_nowait(-1)
    return Incoming(raw, expects="Expect" in headers and raw.version == HttpVersion11)


class Incoming:
    """An upload as it arrives. Its first read tells a client that waits for it to go on."""

    def __init__(self, raw: BaseRequest, *, expects: bool) -> None:
        self._raw = raw
        self._expects = expects

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._raw.content
        if self._expects:
            self._expects = False
            transport = self._raw.transport
            if transport is not None:
                transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            patience = SILENCE_SECONDS
            while True:
                asked = monotonic()
                async with asyncio.timeout(patience):
                    piece = await content.readany()
                if not piece:
                    return
                patience = min(SILENCE_SECONDS, patience - (monotonic() - asked) + len(piece) / LEAST_RATE)
                yield piece
        except (aiohttp.ClientError, RequestPayloadError, OSError, TimeoutError) as error:
            raise BodyTruncatedError from error

    async def aclose(self) -> None:
        """Leave the rest unread: the reply closes the connection."""


class Written(Struct, frozen=True):
    """Tells aiohttp that the reply is out, and whether the connection may serve again."""

    keep_alive: bool

    async def prepare(self, _: BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self) -> None:
        """Nothing is left to write."""


async def write_reply(raw: BaseRequest, response: Response, *, close: bool) -> Written:
    """Write a reply with the connection's own fields; a body that breaks off aborts the connection, so that this is seen."""
    body, fields = response.body, response.headers.raw
    bodyless = raw.method == "HEAD" or response.status in NO_BODY
    chunked = ends_with_connection = False
    if bodyless:
        if response.status == 204:  # noqa: PLR2004  # RFC 9110 section 8.6: no Content-Length
            fields = response.headers.without("Content-Length").raw
    elif raw.version == HttpVersion11:
        fields, chunked = _framed(fields, body)
    elif content_length(fields) is None:
        close = ends_with_connection = True  # as HTTP/1.0 ends a body of unknown length
    keep_alive = not close and _may_serve_again(raw)
    if not keep_alive:
        fields = (*fields, (b"Connection", b"close"))
    elif raw.version == HttpVersion10:
        fields = (*fields, (b"Connection", b"keep-alive"))
    try:
        head = response_head(response.status, response.reason, fields)
    except HeadError:
        return await write_reply(
            raw, gateway_error(502, "unsendable_answer", "The answer's head holds a line end."), close=True
        )
    try:
        await _write(raw, head, b"" if bodyless else body, chunked=chunked)
    except BaseException as error:
        _break_off(raw, reset=ends_with_connection)
        if isinstance(error, BodyTruncatedError):
            raise ConnectionResetError from None  # aiohttp's word for: this connection is over
        raise
    return Written(keep_alive=keep_alive)


def _may_serve_again(raw: BaseRequest) -> bool:
    """Tell whether the next message on this connection can be read as nothing but what it is (see Facts)."""
    return (
        raw.keep_alive
        and not (isinstance(raw.protocol, _Connection) and raw.protocol.is_last)
        and raw.content.is_eof()
        and "Transfer-Encoding" not in raw.headers
        and "Upgrade" not in raw.headers
    )


def _framed(fields: RawHeaders, body: Body) -> tuple[RawHeaders, bool]:
    """Frame a reply's body: none at all still needs its length said, or the client would wait for the connection's end."""
    if body == b"" and content_length(fields) is None:
        return (*fields, (b"Content-Length", b"0")), False
    return framed(fields, body)


async def _write(raw: BaseRequest, head: bytes, body: Body, *, chunked: bool) -> None:
    writer = raw.writer
    if isinstance(body, bytes):
        await writer.write(head + (chunk(body) + LAST_CHUNK if chunked else body))
        return
    async for piece in body:
        await writer.write(head + (chunk(piece) if chunked else piece))
        head = b""
    await writer.write(head + (LAST_CHUNK if chunked else b""))


def _break_off(raw: BaseRequest, *, reset: bool) -> None:
    """Close the connection in the middle of a body. Where its end would be the body's end, only a reset tells them apart."""
    if raw.transport is None:
        return
    if reset and (wire := raw.transport.get_extra_info("socket")) is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.transport.abort()


class ParserMissingError(Mistake):
    """aiohttp runs without its C extension, whose parser is the one that this gateway's promises were tested with."""


class Listener(Server):
    """aiohttp's low-level server with our limits, and a protocol that says nothing of what it could not parse."""

    def __init__(
        self,
        handler: Callable[[BaseRequest], Any],
        connections: Connections,
        *,
        max_head: Callable[[], int],
        warn: Callable[..., None],
    ) -> None:
        """`max_head` is asked for each new connection: bytes of a message's first line and fields."""
        pairs = (
            (http_parser.HttpRequestParser, http_parser.HttpRequestParserPy),
            (http_parser.HttpResponseParser, http_parser.HttpResponseParserPy),
        )
        if any(parser is python for parser, python in pairs):
            message = "aiohttp's C parser is missing (AIOHTTP_NO_EXTENSIONS is set, or no wheel fits this platform); the Python one frames messages differently"
            raise ParserMissingError(message)
        super().__init__(
            handler,
            handler_cancellation=True,
            keepalive_timeout=IDLE_SECONDS,  # which nothing comes of: see _Connection._process_keepalive
            lingering_time=LINGER_SECONDS,
            tcp_keepalive=False,  # idle connections end long before the kernel would ask
            access_log=None,
            auto_decompress=False,
            max_headers=MAX_FIELDS,
        )
        self.counted = connections
        self._max_head = max_head
        self.warn = warn

    def __call__(self) -> RequestHandler:
        """Make the protocol of a new connection."""
        longest = self._max_head()
        return _Connection(self, loop=self._loop, max_line_size=longest, max_field_size=longest, **self._kwargs)


class _Connection(RequestHandler):
    """aiohttp's protocol, with the clocks of `Connections`, and without the raw bytes that it would log and echo of what it cannot parse."""

    __slots__ = (
        "_barren",
        "_connections",
        "_half_closed",
        "_payload",
        "_progress",
        "_warn",
        "_wire",
        "handshake",
        "waits_for",
    )

    def __init__(self, listener: Listener, **options: Any) -> None:
        super().__init__(listener, logger=_SILENT, **options)
        self._max_msg_queue_size = PIPELINED
        self._msg_queue_resume_size = 0
        self._warn = listener.warn
        self._connections = listener.counted
        self.waits_for: Wait | None = None
        self.handshake: asyncio.Task[None] | None = None
        self._wire: asyncio.Transport | None = None
        self._half_closed = False
        self._payload: StreamReader = EMPTY_PAYLOAD
        """The body of the newest message."""
        self._progress = 0
        """Grows with each message and each byte of a body."""
        self._barren = 0
        """Bytes since then: of a head, or of what frames a body."""

    @property
    def is_last(self) -> bool:
        """Whether the connection ends with the reply that is on its way."""
        return (self._half_closed and not self._messages) or self._connections.crowded

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, which aiohttp forgets when it closes it: closing may take as long as the client does not read."""
        super().connection_made(transport)
        self._wire = self.transport

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count the connection no longer."""
        super().connection_lost(exc)
        self._wire = None
        self._connections.closed(self)

    def data_received(self, data: bytes) -> None:
        """Read on; an upload in which something unreadable was met ends there, which aiohttp leaves waiting for more."""
        super().data_received(data)
        if self._messages:
            self._payload = self._messages[-1][1]
            if isinstance(self._messages[-1][0], _ErrInfo):
                self._break_off_uploads("malformed body")
        elif self.waits_for is Wait.REQUEST and data:
            self._connections.waits(self, Wait.HEAD)
        progress = self._request_count + self._payload.total_bytes
        if progress != self._progress:
            self._progress, self._barren = progress, 0
        elif data:
            self._barren += len(data)
            if self._barren > 2 * self.max_field_size + FRAMING:
                self._stop_reading_nothing()

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks for the answer that aiohttp never gives
        """Leave the connection open for the answers that are due: a client that is done with sending may still read (RFC 9112 section 9.6).

        One that has left looks the same; that shows when something is written to it, or after `ANSWER_SECONDS`. TLS knows no such half.
        """
        self._break_off_uploads("cut off")
        idle = self._waiter is not None and not self._messages
        if idle or self.ssl_context is not None:
            return False
        self._half_closed = True
        self._connections.waits(self, self._waits_now(answering=True))
        return True

    def pause_writing(self) -> None:
        """Start the clock for a client that does not read."""
        super().pause_writing()
        self._connections.waits(self, Wait.READER)

    def resume_writing(self) -> None:
        """Stop it."""
        super().resume_writing()
        self._connections.waits(self, self._waits_now(answering=self._request_in_progress))

    def overdue(self, wait: Wait) -> None:
        """Close: with a 408 where half a head has come (RFC 9110 section 15.5.9), at once where nothing more can be written."""
        wire = self._wire
        if wire is None:
            if self.handshake is not None:
                self.handshake.cancel()
            return
        current = self._current_request
        if wait is Wait.ANSWER and current is not None and current.writer.output_size > 0:
            return  # if the client has left, writing on will show it
        if wait in {Wait.ANSWER, Wait.READER} or wire.is_closing():
            if wait is Wait.READER:
                self._connections.count("client reads nothing")
            wire.abort()
            return
        if wait is Wait.HEAD and self._barren:
            self._connections.count("head timed out", seconds=self._connections.limits.head_seconds)
            wire.write(_closing(HEAD_TIMEOUT))
            if wire.can_write_eof() and not self._connections.crowded:
                self.close()  # reads on for a moment, and drops it: a reset would take the 408 away (RFC 9112 section 9.6)
                wire.write_eof()
                self._connections.waits(self, Wait.ANSWER)
                return
        self._end()

    def give_way(self) -> None:
        """Close, since somebody else needs the room."""
        if self._wire is not None:
            self._wire.abort()

    def _end(self) -> None:
        """Close when what was written is out, but do not wait for ever."""
        self.force_close()
        self._connections.waits(self, Wait.READER)

    def _waits_now(self, *, answering: bool) -> Wait | None:
        if self.writing_paused:
            return Wait.READER
        if answering:
            return Wait.ANSWER if self._half_closed else None
        return Wait.REQUEST

    async def _handle_request(self, *args: Any) -> Any:
        self._connections.waits(self, self._waits_now(answering=True))
        try:
            return await super()._handle_request(*args)
        finally:
            if self._half_closed and not self._messages:
                self.close()
            self._connections.waits(self, self._waits_now(answering=False))

    def _process_keepalive(self) -> None:
        """Do nothing: `Connections` keeps the time."""

    def _break_off_uploads(self, why: str) -> None:
        current = [self._current_request.content] if self._current_request is not None else []
        for content in [*current, *[payload for _, payload in self._messages], self._payload]:
            if not content.is_eof():
                content.set_exception(RequestPayloadError(why))

    def _stop_reading_nothing(self) -> None:
        """End what has no end: a head, a chunk's extension or trailers of more bytes than a head may have."""
        self._barren = 0
        if self.waits_for is Wait.HEAD and self._wire is not None:
            self._warn("refused", code=ENDLESS_HEAD.code, status=ENDLESS_HEAD.status)
            self._wire.write(_closing(gateway_error(*ENDLESS_HEAD)))
            self._end()
        else:
            self._break_off_uploads("more framing than body")

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  # aiohttp's signature; it quotes the request
    ) -> Any:
        """Answer what could not be parsed, and close; neither the answer nor the log quotes it."""
        if status != 400:  # noqa: PLR2004  # what aiohttp says of every message it cannot parse
            self.log_exception(exc_info=exc)
            if request.writer.output_size > 0 or isinstance(exc, ConnectionError):
                raise ConnectionResetError
            return _Unparsed(gateway_error(500, "gateway_defect", "The gateway failed; its log says where."))
        refusal = _unparsed(exc)
        self._warn("refused", code=refusal.code, status=refusal.status, error=type(exc).__name__)
        return _Unparsed(gateway_error(*refusal))

    def log_exception(self, *_: Any, exc_info: BaseException | None = None, **__: Any) -> None:
        """Say where it was, since its text may quote the message. A client that left, or whose body is malformed, is no defect."""
        if exc_info is not None and not isinstance(exc_info, RequestPayloadError | ConnectionError):
            self._warn("defect", error=type(exc_info).__name__, where=place_of(exc_info))


def _unparsed(error: BaseException | None) -> Refusal:
    if isinstance(error, LineTooLong):
        return Refusal(431, "head_too_large", "A line of the head is longer than limits.max_head.")
    if getattr(error, "message", "") == "Too many headers received":  # aiohttp has no type of its own for it
        return Refusal(431, "too_many_fields", f"The head has more than {MAX_FIELDS} fields.")
    if isinstance(error, BadHttpMethod):  # RFC 9110 section 15.6.2
        return Refusal(
            501, "unknown_method", "This is no HTTP/1.1 request, or its method is none that the parser knows."
        )
    return Refusal(400, "malformed_request", "This is not an HTTP/1.1 request (RFC 9112).")


class _Unparsed(Struct, frozen=True):
    """The reply to a message that could not be parsed; the connection ends with it."""

    response: Response
    keep_alive: bool = False

    async def prepare(self, request: BaseRequest) -> None:
        """Write it."""
        await request.writer.write(_closing(self.response))

    async def write_eof(self) -> None:
        """Nothing is left to write."""


def _closing(response: Response) -> bytes:
    """Return one of the gateway's own replies as bytes; the connection ends with it."""
    body = response.body
    assert isinstance(body, bytes)  # noqa: S101  # the gateway's own errors are
    return response_head(response.status, response.reason, (*response.headers.raw, (b"Connection", b"close"))) + body


HEAD_TIMEOUT = gateway_error(408, "head_timeout", "The request's head did not come within limits.head_timeout.")
ENDLESS_HEAD = Refusal(431, "head_too_large", "The head has more bytes than limits.max_head.")


def place_of(error: BaseException) -> str:
    """Return file and line where `error` was raised; its text may quote a request, so it is not told."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""


_SILENT = logging.getLogger("gateway.aiohttp")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL + 1)
