"""Remembers heads of answers: a head that comes again is parsed, checked and made end-to-end only once.

Undocumented parts of aiohttp that are used, as in version 3.14.5: `RawResponseMessage`.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from aiohttp.http import HttpProcessingError, HttpVersion, HttpVersion10, HttpVersion11, RawResponseMessage
from msgspec import Struct
from msgspec.structs import replace

from gateway.core.bounded import Bounded
from gateway.core.headers import end_to_end
from gateway.core.model import Headers, RawHeaders, Response
from gateway.wire.http1 import HeadError, content_length, one_reading, response_head


class AnswerHead(Struct, frozen=True):
    """The result of reading the head of a final answer."""

    status: int
    reason: str
    headers: Headers
    ends_with_connection: bool
    """Whether only the end of the connection ends the body."""


def final_head(message: RawResponseMessage) -> AnswerHead:
    """Return the head of a final answer; raise HttpProcessingError if the answer is not final, or can be read in two ways."""
    key = message.code, message.reason, message.version, message.raw_headers
    known: AnswerHead | None = _HEADS.get(key)
    if known is None:
        known = _final_head(message)
        _HEADS.put(key, known)
    return known


def _final_head(message: RawResponseMessage) -> AnswerHead:
    fields = message.raw_headers
    if (
        message.code < 200  # noqa: PLR2004  # an upgrade that nobody asked for, or no status at all
        or message.version not in {HttpVersion10, HttpVersion11}
        or not one_reading(fields)
        or (message.version == HttpVersion10 and "Transfer-Encoding" in message.headers)
    ):
        raise HttpProcessingError(code=502, message="not a final answer of HTTP/1.1 that can be read in one way only")
    ends_with_connection = not message.chunked and content_length(fields) is None
    answer = checked(message)
    return AnswerHead(answer.status, answer.reason, answer.headers, ends_with_connection)


def checked(message: RawResponseMessage) -> Response:
    """Return a head as it is passed on; raise HttpProcessingError if it cannot be passed on."""
    reason = message.reason.encode("utf-8", "surrogateescape").decode("latin-1")
    try:
        response_head(message.code, reason, message.raw_headers)
    except HeadError as error:  # the parser takes `Content-Length :` for a name, RFC 9112 section 5.1
        raise HttpProcessingError(code=502, message="malformed head") from error
    return Response(message.code, reason, end_to_end(Headers(message.raw_headers)), b"", "upstream")


_Key: TypeAlias = tuple[int, str, HttpVersion, RawHeaders]


def _size(key: _Key, _: AnswerHead) -> int:
    return 1000 + 2 * sum([len(name) + len(value) + 200 for name, value in key[3]])


_HEADS: Bounded[_Key, AnswerHead] = Bounded("heads of answers", 4 << 20, longest=1 << 15, size=_size, regulars=True)


class KnownHead(Struct):
    """The head of an answer that came in one piece."""

    head: AnswerHead
    length: int
    """Bytes of its body."""
    last: Response | None = None
    """The last answer with this head. The next answer is mostly the same."""

    def answer(self, body: bytes) -> Response:
        """Return the answer with this body: the same object for the same bytes."""
        last = self.last
        if last is None or last.body != body:
            last = self.last = whole_answer(self.head, body)
        return last


def known_but_for_date(head: bytes) -> KnownHead | None:
    """Return what is known of a head that came before with another Date; None if it did not come before."""
    dated = _DATE.search(head)
    if dated is None:
        return None
    template: _Undated | None = _UNDATED.get(head[: dated.start()] + head[dated.end() :])
    if template is None:
        return None
    known = template.of(dated[1])
    KNOWN.put(head, known)
    return known


def remember(head: bytes, answer: AnswerHead, length: int) -> None:
    """Remember a head after which the connection serves again. `length`: the bytes of its body."""
    known = KnownHead(answer, length)
    KNOWN.put(head, known)
    dated = _DATE.search(head)
    if dated is not None and [value for name, value in answer.headers.raw if name.lower() == b"date"] == [dated[1]]:
        _UNDATED.put(head[: dated.start()] + head[dated.end() :], _Undated(dated[1], known))


_DATE = re.compile(rb"\r\nDate: ([A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT)(?=\r\n[^ \t])")
"""The line of a Date (RFC 9110 section 5.6.7), which the next line does not continue."""


class _Undated(Struct):
    """A head that is the same with any Date."""

    date: bytes
    """The Date that it had last."""
    known: KnownHead
    """The head with that Date."""

    def of(self, date: bytes) -> KnownHead:
        """Return the head with this Date."""
        if date != self.date:
            head = self.known.head
            fields = tuple([(name, date if name.lower() == b"date" else value) for name, value in head.headers.raw])
            self.known = KnownHead(replace(head, headers=Headers(fields)), self.known.length)
            self.date = date
        return self.known


def whole_answer(head: AnswerHead, body: bytes) -> Response:
    """Return an upstream's answer that came whole."""
    return Response(head.status, head.reason, head.headers, body, "upstream")


def _size_known(data: bytes, known: KnownHead) -> int:
    return 1700 + 4 * len(data) + known.length + 200 * len(known.head.headers.raw)


KNOWN: Bounded[bytes, KnownHead] = Bounded(
    "heads of answers by their bytes", 4 << 20, longest=1 << 16, size=_size_known, regulars=True
)
"""Heads after which the connection serves again, by their bytes. While the Date is the same, an upstream sends the same head many times."""

_UNDATED: Bounded[bytes, _Undated] = Bounded(
    "heads of answers without their Date",
    2 << 20,
    longest=1 << 15,
    size=lambda data, undated: _size_known(data, undated.known),
    regulars=True,
)
"""The same heads, by their bytes without the Date line."""
