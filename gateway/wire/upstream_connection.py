"""The protocol of a connection to an upstream: aiohttp's own, with a short way for answers that come whole.

Facts
-----
* Most answers are short, and come in one piece. The connection's own parser parses them, one after another. Any other answer is parsed
  again from its first byte, as aiohttp does, and is a stream.
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `ResponseHandler._payload`, `_parser`, `_buffer` (the heads that
  nobody has read), `feed_data`, `should_close` and `set_response_params`; its timer: `_read_timeout`, `_read_timeout_handle`,
  `_reschedule_timeout`, `_drop_timeout`, `_on_read_timeout`; `HttpResponseParser`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, HttpResponseParser, RawResponseMessage
from aiohttp.streams import StreamReader

from gateway.core.model import RawHeaders, Response
from gateway.wire.answer_heads import KNOWN, final_head, known_but_for_date, remember, whole_answer
from gateway.wire.outbox import Outbox
from gateway.wire.trailers import announced_in, trailers_in

LIFE_SECONDS = 60.0
"""How long a connection may serve: Adobe moves data centres by DNS (server-to-server cookbook)."""
INTERIM_ANSWERS = 32
"""How many answers of status 1xx may come before the final one (RFC 9110 section 15.2 sets no limit)."""
STEP = 16384
"""Bytes that are parsed at once while a head is expected: a flood of heads is noticed after a step."""
FRAMING = 8192
"""Bytes that an answer's head may have besides its first line and its fields."""
MAX_ANSWER_FIELDS = 1024
"""How many header fields an answer may have: more than a request's, since security policies and cookies come by the dozen."""
ENDLESS = "heads or framing without end"

_END = b"\r\n\r\n"


Heard: TypeAlias = Callable[[Response | None, BaseException | None], None]
"""Called once, after the first bytes of an answer. It gets the answer if these bytes are the whole answer. It gets an error if no answer
comes. Otherwise it gets None twice, and the answer is read as a stream."""


class UpstreamConnection(ResponseHandler):
    """aiohttp's protocol. If it fails, its answer fails, too. It knows how old it is, and whether it may serve again."""

    born: float | None = None
    """When it was first handed out."""
    outbox: Outbox
    """Writes requests whose body is whole."""
    held: Connection
    """aiohttp's object for this connection. Its `close` closes the connection."""
    idle_since = 0.0
    _is_clean = False
    """Whether it is open, its last answer came whole, and nothing came since."""
    _asked: Heard | None = None
    """To be called with the first bytes of an answer; None at other times."""
    _late_at: float | None = None
    """When the awaited answer is late, by the loop's clock; None if no answer is awaited."""
    _own_parser: HttpResponseParser | None = None
    """Parses answers that come in one piece, one after another."""
    max_head = 1 << 16
    """The most bytes of a line or a field. An answer fails after about twice as many bytes of half a head, or of framing alone."""
    announced: frozenset[bytes] = frozenset()
    """The names of the trailers that the answer announces."""
    trailers: RawHeaders = ()
    """The answer's trailers, after its end."""
    _last: bytes | None = None
    """The answer's last bytes, if it announces trailers; else None."""
    _progress: tuple[StreamReader | None, int] = (None, 0)
    _barren = 0

    def ask(self, data: bytes, heard: Heard, *, seconds: float, max_head: int) -> None:
        """Write a request whose answer may have a body. `heard` is called later, never during this call."""
        assert self.transport is not None  # noqa: S101  # the caller looked
        if max_head != self.max_head:
            self.max_head, self._own_parser = max_head, None
        self._parser = None
        self._is_clean = False
        self._asked = heard
        self.outbox.put(self.transport, data)
        if seconds == self._read_timeout and self._read_timeout_handle is not None:
            self._late_at = self._loop.time() + seconds  # the running timer looks earlier, and then waits on
        else:
            self._read_timeout = seconds
            self._reschedule_timeout()

    def read_as_any(self, *, seconds: float, max_head: int, bodyless: bool) -> None:
        """Have the answer parsed as a stream."""
        self.max_head = max_head
        self.set_response_params(
            skip_payload=bodyless,
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=seconds,
            max_headers=MAX_ANSWER_FIELDS,
            max_line_size=max_head,
            max_field_size=max_head,
        )

    def data_received(self, data: bytes) -> None:
        """Parse input. The first bytes of an answer are mostly all of it."""
        asked, self._asked = self._asked, None
        if asked is not None:
            whole = self._whole(data) if len(data) <= STEP else None
            if whole is not None:
                self._late_at = None
                self._is_clean = not self._should_close
                asked(whole, None)
                return
            self.read_as_any(seconds=self.read_timeout or 0.0, max_head=self.max_head, bodyless=False)
            asked(None, None)
        self._is_clean = False
        self._read(data)

    def eof_received(self) -> None:
        """Serve no further request: an upstream that has closed its side answers no more."""
        self._is_clean = False
        self.force_close()
        super().eof_received()

    def _whole(self, data: bytes) -> Response | None:
        """Return the answer, if it is sure that these bytes are one whole answer and nothing else; otherwise None."""
        start = data.find(_END) + len(_END)
        head = data[:start]
        known = KNOWN.recent.get(head)
        if known is None:
            known = KNOWN.get(head) or known_but_for_date(head)
        if known is not None and len(data) == start + known.length and start <= self.max_head:
            return known.answer(data[start:])
        parser, self._own_parser = self._own_parser or self._new_parser(), None
        try:
            messages, upgraded, _ = parser.feed_data(data)
            if len(messages) != 1 or upgraded:
                return None
            message, payload = messages[0]
            answer = final_head(message)
        except Exception:  # noqa: BLE001  # it is parsed once more as a stream, which reports the error
            return None
        if message.chunked or not payload.is_eof() or payload.exception() is not None:
            return None
        if len(data) != start + payload.total_bytes:
            return None
        self._own_parser = parser
        if message.should_close:
            self.force_close()
        else:
            remember(head, answer, payload.total_bytes)
        return whole_answer(answer, data[start:])

    def _new_parser(self) -> HttpResponseParser:
        return HttpResponseParser(
            self,
            self._loop,
            4 * STEP,  # more than it ever gets at once, so that it does not pause reading
            payload_exception=aiohttp.ClientPayloadError,
            read_until_eof=True,
            auto_decompress=False,
            max_headers=MAX_ANSWER_FIELDS,
            max_line_size=self.max_head,
            max_field_size=self.max_head,
        )

    def resume_reading(self, resume_parser: bool = True) -> None:  # aiohttp's signature
        """Resume reading, if it is paused. Each body calls this at its end."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    def _reschedule_timeout(self) -> None:
        """Move the time at which an answer is late; one timer of the loop serves many answers."""
        seconds = self._read_timeout
        if not seconds:
            self._late_at = None
            return
        self._late_at = self._loop.time() + seconds
        if self._read_timeout_handle is not None and self._read_timeout_handle.when() > self._late_at:
            self._read_timeout_handle.cancel()
            self._read_timeout_handle = None
        if self._read_timeout_handle is None:
            self._read_timeout_handle = self._loop.call_at(self._late_at, self._look_at_clock)

    def _drop_timeout(self) -> None:
        self._late_at = None

    def _look_at_clock(self) -> None:
        self._read_timeout_handle = None
        if self._late_at is None:
            return
        if self._loop.time() < self._late_at:
            self._read_timeout_handle = self._loop.call_at(self._late_at, self._look_at_clock)
        else:
            self._late_at = None
            self._on_read_timeout()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the timer: the connection has ended."""
        self._is_clean = False
        super().connection_lost(exc)
        if self._read_timeout_handle is not None:
            self._read_timeout_handle.cancel()
            self._read_timeout_handle = None

    def _read(self, data: bytes) -> None:
        """Parse in steps while a head is expected, so that endless heads are noticed after a step."""
        rest = data
        while len(rest) > STEP and (self._payload is None or self._payload.is_eof()) and self.exception() is None:
            self._parse(rest[:STEP])
            rest = rest[STEP:]
        if self.exception() is None:
            self._parse(rest)

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take an answer's head, and note the trailers that it announces."""
        message, _ = data
        self.trailers, self._last = (), None
        self.announced = announced_in(message.headers.getall("Trailer", [])) if message.chunked else frozenset()
        if self.announced:
            self._last = b""
        super().feed_data(data, size)

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        if self._last is not None:
            self._last = (self._last + data)[-self.max_head :]
            if self._payload is not None and self._payload.is_eof():
                self.trailers, self._last = trailers_in(self._last, self.announced), None
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
        """Fail, and make the current body fail, too: aiohttp leaves its reader waiting after a malformed chunk."""
        if cause and exc.__cause__ is None and cause[0] is not exc:
            exc.__cause__ = cause[0]  # a later reader of the error wants to know
        self._is_clean = False
        super().set_exception(exc, *cause)
        asked, self._asked = self._asked, None
        if asked is not None:
            asked(None, exc)
        payload = self._payload
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(aiohttp.ClientPayloadError("the connection failed"), exc)

    def may_serve_again(self, now: float) -> bool:
        """Whether it is young and open, and nothing came after the last answer, not even the beginning of another answer."""
        if self.born is None or now - self.born > LIFE_SECONDS:
            return False
        if self._is_clean:
            return True
        if self.transport is None:
            return False
        if self.should_close:
            return False
        parser, self._parser = self._parser, None  # bytes that come from now on belong to no answer
        try:
            return parser is None or parser.feed_eof() is None  # only the parser knows of half a head
        except Exception:  # noqa: BLE001  # its reason does not matter
            return False
