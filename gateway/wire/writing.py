"""Writes a reply: a `Response` becomes the bytes of one HTTP/1.1 answer, in one write if it is whole.

aiohttp's `Response` classes add Date, Server and Content-Type, and merge repeated fields; replies are written here instead.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeAlias

from gateway.core.bounded import Bounded
from gateway.core.errors import gateway_error
from gateway.core.model import Body, Headers, RawHeaders, Response, Stream
from gateway.wire.http1 import LAST_CHUNK, HeadError, chunk, content_length, framed, response_head
from gateway.wire.reading import Head

NO_BODY = frozenset({204, 304})
"""Statuses of answers that have no body (RFC 9112 section 6.3)."""
LONGEST_KEPT = 1 << 16
"""Bytes of the longest body of a reply that is kept ready: a cassette gives the same replies again and again."""


class Outlet(Protocol):
    """Takes the bytes of a reply."""

    def write(self, data: bytes) -> None:
        """Take some bytes; raise ConnectionResetError if the client has left."""

    async def drained(self) -> None:
        """Return when the client has read enough; raise ConnectionResetError if it has left."""


class Rendered(NamedTuple):
    """A reply as it is written."""

    start: bytes
    """The head; then the body, if it is whole."""
    serves_again: bool
    """Whether the connection goes on after it."""
    stream: Stream | None = None
    """The body, if it is not whole."""
    chunked: bool = False
    """Whether the stream is sent in chunks."""
    ends_with_connection: bool = False
    """Whether only the end of the connection ends the body."""

    def parted(self, body: Body) -> tuple[bytes, bytes]:
        """Return the start in two parts. If it ends with `body`, the second part is that very object, so that memory holds it once."""
        if isinstance(body, bytes) and body and self.start.endswith(body):
            return self.start[: -len(body)], body
        return self.start, b""


def render(head: Head, response: Response, *, last: bool) -> Rendered:
    """Return the reply to a message as bytes. The connection ends with the reply if it is the `last`, or if the message asks for that."""
    serves_again = head.serves_again and not last
    body = response.body
    if not isinstance(body, bytes) or len(body) > LONGEST_KEPT:
        return _render(head, response, serves_again=serves_again)
    bodyless = head.request.method == "HEAD"
    key: _Key = response.status, response.reason, response.headers, body, bodyless, head.http10, serves_again
    known: Rendered | None = _recent(key) or _RENDERED.get(key)
    if known is None:
        known = _render(head, response, serves_again=serves_again)
        _RENDERED.put(key, known)
    return known


async def write_stream(outlet: Outlet, start: bytes, stream: Stream, *, chunked: bool) -> None:
    """Write a reply whose body streams, at the client's pace."""
    outlet.write(start)  # the first piece may come late, and the client waits for the head
    async for piece in stream:
        outlet.write(chunk(piece) if chunked else piece)
        await outlet.drained()
    trailers = getattr(stream, "trailers", ()) if chunked else ()
    last = b"".join([b"0\r\n", *[b"%b: %b\r\n" % field for field in trailers], b"\r\n"]) if trailers else LAST_CHUNK
    outlet.write(last if chunked else b"")


def _render(head: Head, response: Response, *, serves_again: bool) -> Rendered:
    body, fields = response.body, response.headers.raw
    bodyless = head.request.method == "HEAD" or response.status in NO_BODY
    chunked = ends_with_connection = False
    if bodyless:
        body = b""
        if response.status == 204:  # noqa: PLR2004  # RFC 9110 section 8.6: no Content-Length
            fields = response.headers.without("Content-Length").raw
    elif not head.http10:
        fields, chunked = _framed(fields, body)
        if chunked and (announced := getattr(body, "announced", ())):
            fields = (*fields, (b"Trailer", b", ".join(sorted(announced))))
    elif content_length(fields) is None:
        ends_with_connection = True  # as HTTP/1.0 ends a body of unknown length
        serves_again = False
    if not serves_again:
        fields = (*fields, (b"Connection", b"close"))
    elif head.http10:
        fields = (*fields, (b"Connection", b"keep-alive"))
    try:
        start = response_head(response.status, response.reason, fields)
    except HeadError:
        refusal = gateway_error(502, "unsendable_answer", "The answer's head holds a line end.")
        return _render(head, refusal, serves_again=False)
    if isinstance(body, bytes):
        start += chunk(body) + LAST_CHUNK if chunked else body
        return Rendered(start, serves_again, ends_with_connection=ends_with_connection)
    return Rendered(start, serves_again, body, chunked, ends_with_connection)


def _framed(fields: RawHeaders, body: Body) -> tuple[RawHeaders, bool]:
    """Frame a reply's body. An empty body still needs a Content-Length, or the client would wait for the connection's end."""
    if body == b"" and content_length(fields) is None:
        return (*fields, (b"Content-Length", b"0")), False
    return framed(fields, body)


def closing(response: Response) -> bytes:
    """Return one of the gateway's own replies as bytes; the connection ends with it."""
    body = response.body
    assert isinstance(body, bytes)  # noqa: S101  # the gateway's own errors are
    return response_head(response.status, response.reason, (*response.headers.raw, (b"Connection", b"close"))) + body


_Key: TypeAlias = tuple[int, str, Headers, bytes, bool, bool, bool]
"""Everything on which the bytes of a whole reply depend."""


def _size(key: _Key, rendered: Rendered) -> int:
    return 1000 + 2 * len(rendered.start) + 200 * len(key[2].raw)


_RENDERED: Bounded[_Key, Rendered] = Bounded(
    "replies ready to be written", 16 << 20, longest=4 * LONGEST_KEPT, size=_size
)
_recent = _RENDERED.recent.get
