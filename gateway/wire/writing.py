"""Writes a reply: a `Response` becomes the bytes of one HTTP/1.1 answer, and the connection goes on or ends.

Facts
-----
* aiohttp's `Response` classes add Date, Server and Content-Type, and merge repeated fields; replies are written here instead.
* After a chunked request the parser gives its trailers to the next request's head, and after `Upgrade: h2c` it drops what
  else came with it, so that the rest may be read as a request. Neither connection serves again: `_may_serve_again`.
* What is asked of aiohttp beyond its documentation, in version 3.14.5: `BaseRequest.writer`, whose `write` waits for the client
  to read, and what its server asks of a handler's result: `prepare`, `write_eof`, `keep_alive`.
"""

from __future__ import annotations

import socket
import struct

from aiohttp.http import HttpVersion10, HttpVersion11
from aiohttp.web_request import BaseRequest
from msgspec import Struct

from gateway.core.errors import gateway_error
from gateway.core.model import Body, BodyTruncatedError, RawHeaders, Response
from gateway.wire.http1 import LAST_CHUNK, HeadError, chunk, content_length, framed, response_head

NO_BODY = frozenset({204, 304})
"""RFC 9112 section 6.3: these end with their head."""


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
    await writer.write(head)  # a stream's first piece may be long in coming, and its client waits for the head
    async for piece in body:
        await writer.write(chunk(piece) if chunked else piece)
    await writer.write(LAST_CHUNK if chunked else b"")


def _break_off(raw: BaseRequest, *, reset: bool) -> None:
    """Close the connection in the middle of a body. Where its end would be the body's end, only a reset tells them apart."""
    if raw.transport is None:
        return
    if reset and (wire := raw.transport.get_extra_info("socket")) is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.transport.abort()


def closing(response: Response) -> bytes:
    """Return one of the gateway's own replies as bytes; the connection ends with it."""
    body = response.body
    assert isinstance(body, bytes)  # noqa: S101  # the gateway's own errors are
    return response_head(response.status, response.reason, (*response.headers.raw, (b"Connection", b"close"))) + body
