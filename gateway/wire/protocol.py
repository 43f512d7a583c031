"""The protocol of an app's connection: aiohttp's own, with our clocks and limits, and silent about what it could not parse.

Facts
-----
* `aiohttp.web` is not imported as a whole: its applications, routes and files take a third of the time that its server does.
* What is used of aiohttp's `RequestHandler` beyond its documentation, in version 3.14.5: `_messages` (what is parsed and
  waits), `_waiter` (set while it waits for a message), `_current_request`, `_request_in_progress`, `_request_count`,
  `_request_handler` by way of `_handle_request`, `_max_msg_queue_size`, `_msg_queue_resume_size`, `_process_keepalive`,
  `writing_paused`, and `_ErrInfo`, which stands in `_messages` for what could not be parsed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, RequestPayloadError, _ErrInfo
from aiohttp.web_request import BaseRequest
from aiohttp.web_server import Server
from msgspec import Struct

from gateway.core.errors import gateway_error
from gateway.core.model import Response
from gateway.core.tracebacks import place_of
from gateway.wire import c_parser
from gateway.wire.connections import Connections, Wait
from gateway.wire.first_line import FirstLine
from gateway.wire.reading import ENDLESS_HEAD, Refusal, method_in, unparsed
from gateway.wire.writing import closing

c_parser.insist()

FRAMING = 8192
"""Bytes that a head may have besides its first line and its fields: what separates them, and empty lines before."""
LONGEST_METHOD = 20
PIPELINED = 2
"""How many requests wait behind the one that is answered until no more is read; what came in the same piece waits, too."""
HEAD_TIMEOUT = gateway_error(408, "head_timeout", "The request's head did not come within limits.head_timeout.")


class AppConnection(RequestHandler):
    """aiohttp's protocol, with the clocks of `Connections`, and without the raw bytes that it would log and echo of what it cannot parse."""

    __slots__ = (
        "_barren",
        "_connections",
        "_first_line",
        "_half_closed",
        "_payload",
        "_progress",
        "_start",
        "_warn",
        "_wire",
        "handshake",
        "waits_for",
    )

    def __init__(self, manager: Server, connections: Connections, warn: Callable[..., None], **options: Any) -> None:
        """Take aiohttp's own `manager` and `options`."""
        super().__init__(manager, logger=_SILENT, **options)
        self._max_msg_queue_size = PIPELINED
        self._msg_queue_resume_size = 0
        self._warn = warn
        self._connections = connections
        self.waits_for: Wait | None = None
        self.handshake: asyncio.Task[None] | None = None
        self._wire: asyncio.Transport | None = None
        self._half_closed = False
        self._first_line = FirstLine(self.max_line_size)
        self._payload: StreamReader = EMPTY_PAYLOAD
        """The body of the newest message."""
        self._start = b""
        """The first bytes of a message that is not read yet; empty while another one is answered."""
        self._progress = 0
        """Grows with each message and each byte of a body."""
        self._barren = 0
        """Bytes since then: of a head, or of what frames a body."""

    @property
    def raw_target(self) -> str:
        """The target of the last message as it came, where it has bytes beyond ASCII; else nothing."""
        return self._first_line.raw_target

    @property
    def _is_between_messages(self) -> bool:
        return self._barren == 0 and not self._messages and self._current_request is None and self._payload.is_eof()

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
        if not self._barren:
            self._start = data[:LONGEST_METHOD] if self.waits_for in {Wait.HEAD, Wait.REQUEST} else b""
        line = self._first_line
        super().data_received(line.read(data) if line.is_open or self._is_between_messages else data)
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
                self._connections.count("client reads nothing", peer=self._peer)
            wire.abort()
            return
        if wait is Wait.HEAD and self._barren:
            seconds = self._connections.limits.head_seconds
            self._connections.count("head timed out", peer=self._peer, seconds=seconds)
            wire.write(closing(HEAD_TIMEOUT))
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
            self._refused(ENDLESS_HEAD)
            self._wire.write(closing(gateway_error(*ENDLESS_HEAD)))
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
        refusal = unparsed(exc)
        self._refused(refusal)
        return _Unparsed(gateway_error(*refusal))

    def _refused(self, refusal: Refusal) -> None:
        """Say whose message could not be read, and why."""
        about = {"code": refusal.code, "status": refusal.status, "reason": refusal.message}
        self._warn("refused", peer=self._peer, method=method_in(self._start), **about)

    @property
    def _peer(self) -> str:
        """The address at the other end; empty where the connection is gone."""
        name = self._wire.get_extra_info("peername") if self._wire is not None else None
        return str(name[0]) if name else ""

    def log_exception(self, *_: Any, exc_info: BaseException | None = None, **__: Any) -> None:
        """Say where it was, since its text may quote the message. A client that left, or whose body is malformed, is no defect."""
        if exc_info is not None and not isinstance(exc_info, RequestPayloadError | ConnectionError):
            self._warn("defect", error=type(exc_info).__name__, where=place_of(exc_info))


class _Unparsed(Struct, frozen=True):
    """The reply to a message that could not be parsed; the connection ends with it."""

    response: Response
    keep_alive: bool = False

    async def prepare(self, request: BaseRequest) -> None:
        """Write it."""
        await request.writer.write(closing(self.response))

    async def write_eof(self) -> None:
        """Nothing is left to write."""


_SILENT = logging.getLogger("gateway.aiohttp")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL + 1)
