"""Parses what an app sends. Its messages wait here for their turn; endless input without a message is noticed.

Facts
-----
* Messages are parsed by aiohttp's C parser. Its server is not used: a request object, a writer and two tasks for each exchange cost
  more than a replay does.
* After a parse error, the parser also drops the messages that came before the error in the same piece.
* The parser begins a message only after the body of the message before has ended. So only the newest body can be unfinished.
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `HttpRequestParser` (its `feed_data`, `message_consumed`, and a
  limit of messages after which it waits), and `StreamReader.total_bytes`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, TypeAlias

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError, HttpRequestParser, RawRequestMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from gateway.wire import c_parser
from gateway.wire.first_line import FirstLine
from gateway.wire.reading import MAX_FIELDS, Head, Refusal, UploadError, method_in, read_head, unparsed

c_parser.insist()

FRAMING = 8192
"""Bytes that a head may have besides its first line and its fields: separators, and empty lines before it."""
BUFFER = 1 << 16
"""Bytes of an upload that may wait to be passed on. At twice as many, reading stops."""
LONGEST_METHOD = 20
PARSED = 32
"""How many requests of one piece are parsed ahead: more than a turn of the protocol answers, so that we ask the parser for the others."""

_END = b"\r\n\r\n"
_Received: TypeAlias = RawRequestMessage | HttpProcessingError
"""A message, or the parser's error."""


def parser_of(protocol: BaseProtocol, loop: asyncio.AbstractEventLoop, longest: int) -> HttpRequestParser:
    """Return the parser of one connection. `longest`: the most bytes of a line."""
    return HttpRequestParser(
        protocol,
        loop,
        BUFFER,
        max_line_size=longest,
        max_field_size=longest,
        max_headers=MAX_FIELDS,
        payload_exception=UploadError,
        auto_decompress=False,
        max_msg_queue_size=PARSED,
    )


class Input:
    """The input of one connection. `longest`: the most bytes of a head."""

    __slots__ = (
        "_count",
        "_first_line",
        "_longest",
        "_newest",
        "_progress",
        "_start",
        "aligned",
        "barren",
        "is_over",
        "messages",
    )

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self.messages: deque[tuple[_Received, StreamReader]] = deque()
        """Parsed messages that wait for their turn."""
        self.is_over = False
        """Whether further input is dropped: the connection ends, or its input cannot be read on."""
        self.aligned = True
        """Whether the next byte is the first of a message, as far as the parser has seen."""
        self.barren = 0
        """Bytes that brought neither a message nor a part of a body, since one came: of a head, or of a body's framing."""
        self._first_line = FirstLine(longest)
        self._count = 0
        """Messages so far."""
        self._newest: StreamReader = EMPTY_PAYLOAD
        """The body of the newest message."""
        self._start = b""
        """The first bytes of a message that is not parsed yet; empty while another message is answered."""
        self._progress = 0
        """Grows with each message and each byte of a body."""

    def feed(self, parser: HttpParser[Any], data: bytes, *, busy: bool) -> bool:
        """Parse some bytes, and return whether a message came. `busy`: another message is being answered."""
        if not self.barren:
            self._start = b"" if busy else data[:LONGEST_METHOD]
        aligned, self.aligned = self.aligned, False
        size = len(data)
        messages: Sequence[tuple[_Received, StreamReader]]
        line = self._first_line
        if line.is_open or not (busy or self.barren or self.messages or not self._newest.is_eof()):
            data = line.read(data)
        try:
            messages, upgraded, _ = parser.feed_data(data)
        except HttpProcessingError as error:
            messages, upgraded = ((error, EMPTY_PAYLOAD),), False
            self.break_off("malformed body")
            self.is_over = True
        if upgraded:  # what follows may be of another protocol, so the connection ends with the reply
            self.is_over = True
        if messages:
            self.messages += messages
            self._count += len(messages)
            self._newest = messages[-1][1]
            self.aligned = aligned and len(messages) == 1 and not self.is_over and self._is_one_message(data)
        self._notice_progress(size)
        return bool(messages)

    def take(self, parser: HttpParser[Any] | None, max_head: int) -> tuple[Head | Refusal, StreamReader]:
        """Return the next message and its body; in place of a message that cannot be read, the reason."""
        message, body = self.messages.popleft()
        if parser is not None:
            parser.message_consumed()
        if isinstance(message, HttpProcessingError):
            return unparsed(message), body
        return read_head(message, max_head, self._first_line.raw_target), body

    @property
    def is_endless(self) -> bool:
        """Whether a head, a chunk's extension or trailers have more bytes than a head may have."""
        return self.barren > 2 * self._longest + FRAMING

    @property
    def method(self) -> str:
        """The method of the message that is not parsed yet; empty if it has no known method."""
        return method_in(self._start)

    def break_off(self, why: str) -> None:
        """End an unfinished upload with an error."""
        if not self._newest.is_eof():
            self._newest.set_exception(UploadError(why))

    def end(self) -> None:
        """Drop the messages that wait, and all further input."""
        self.is_over = True
        self.aligned = False
        self.messages.clear()

    def _is_one_message(self, data: bytes) -> bool:
        """Tell whether the parser has read these bytes as one message, and has seen no byte of the next one."""
        return self._newest.is_eof() and len(data) == data.find(_END) + len(_END) + self._newest.total_bytes

    def _notice_progress(self, size: int) -> None:
        progress = self._count + self._newest.total_bytes
        if progress != self._progress:
            self._progress, self.barren = progress, 0
        else:
            self.barren += size
