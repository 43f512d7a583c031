"""Writes a reply that a fault has damaged: slowly, in part, not at all, or with a malformed chunk.

Facts
-----
* To close a socket with SO_LINGER of 0 seconds sends a reset (TCP RST, socket(7)). The kernel then drops the bytes that it has not sent.
  So the bytes before the reset are given a moment to leave.
* A client must be able to see that a body is cut off. If only the connection's end marks the end of the body (RFC 9112 section 6.3), a
  reset shows the difference. A reply without a body is cut off in its head.
* HTTP/1.0 knows no chunks (RFC 9112 section 6.1): a body with a malformed one is cut off there.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.core.damage import Break, Damage
from gateway.core.model import Body, Response
from gateway.wire.http1 import chunk, response_head
from gateway.wire.reading import Head
from gateway.wire.writing import Outlet, Rendered, write_stream

MOMENT = 0.02
"""Seconds that bytes get to leave before a reset."""
TICK = 0.05
"""Seconds between two pieces of a slow body, at least."""
GARBAGE = b"not-a-chunk-size\r\nnot a chunk\r\n"
HEAD_END = b"\r\n\r\n"


class Breakable(Outlet, Protocol):
    """A connection that can be broken on purpose."""

    def reset(self) -> None:
        """Reset the connection. Bytes that were not sent are lost."""

    async def silent(self, seconds: float) -> None:
        """Write nothing for so many seconds, or until the client or the server ends the connection."""


class BrokenOffError(Exception):
    """The reply has come to the place where it breaks off."""


async def write_damaged(outlet: Breakable, head: Head, response: Response, rendered: Rendered, damage: Damage) -> bool:
    """Write as much of a reply as its damage allows. Return whether the connection can serve another request."""
    if damage.silence:
        await outlet.silent(damage.silence)
        return False
    broken = damage.broken
    if broken is not None and broken.at == "start":
        if broken.end == "reset":
            outlet.reset()
        return False
    start, body = _split(rendered)
    if broken is not None and not body and rendered.stream is None:
        broken = Break("head", broken.end)
    if broken is not None and broken.garbage and not head.http10:
        outlet.write(_chunked_head(response) + chunk(await _half(response.body)) + GARBAGE)
        await outlet.drained()
        return False
    damaged = _Damaged(outlet, len(start), damage.pace, _limit(start, body, rendered, broken))
    try:
        if rendered.stream is None:
            damaged.write(start + body)
            await damaged.drained()
        else:
            await write_stream(damaged, start, rendered.stream, chunked=rendered.chunked)
            if broken is not None:  # the body ended before the limit: its last chunk must not be written
                raise BrokenOffError  # noqa: TRY301  # handled below, as every break
            await damaged.drained()
    except BrokenOffError:
        await outlet.drained()
        if broken is not None and (broken.end == "reset" or rendered.ends_with_connection):
            await asyncio.sleep(MOMENT)
            outlet.reset()
        return False
    return rendered.serves_again


class _Damaged:
    """Passes on the head at once and the body at a given pace, up to a limit of bytes."""

    def __init__(self, outlet: Outlet, head: int, pace: float | None, limit: int | None) -> None:
        """`head`: the length of the head in bytes. `pace`: bytes a second, None for at once. `limit`: bytes in all, None for no limit."""
        self._outlet = outlet
        self._head = head
        self._pace = pace
        self._limit = limit
        self._written = 0
        self._waiting = b""

    def write(self, data: bytes) -> None:
        """Pass on the bytes of the head. The body waits for `drained`."""
        if self._written < self._head:
            size = self._head - self._written
            self._pass_on(data[:size])
            data = data[size:]
        self._waiting += data

    async def drained(self) -> None:
        """Pass on the waiting bytes, at the given pace."""
        if self._limit == _UNKNOWN and self._waiting:
            self._limit = self._head + len(self._waiting) // 2
        waiting, self._waiting = self._waiting, b""
        size = max(1, int(self._pace * TICK)) if self._pace is not None else len(waiting)
        for at in range(0, len(waiting), size or 1):
            piece = waiting[at : at + size]
            if self._pace is not None:
                await asyncio.sleep(len(piece) / self._pace)
            self._pass_on(piece)
            await self._outlet.drained()

    def _pass_on(self, data: bytes) -> None:
        """Write up to the limit. Raises BrokenOffError at the limit."""
        left = self._limit - self._written if self._limit is not None and self._limit != _UNKNOWN else len(data)
        self._outlet.write(data[:left])
        self._written += len(data[:left])
        if left < len(data) or self._written == self._limit:
            raise BrokenOffError


_UNKNOWN = -1
"""Placeholder: the limit is set when the first piece of the body arrives."""


def _split(rendered: Rendered) -> tuple[bytes, bytes]:
    """Return the head of a reply, and its body if the body does not stream."""
    head, _, body = rendered.start.partition(HEAD_END)
    return head + HEAD_END, body


def _limit(start: bytes, body: bytes, rendered: Rendered, broken: Break | None) -> int | None:
    """Return how many bytes of a reply are sent; None means all of them."""
    if broken is None:
        return None
    if broken.at == "head":
        return len(start) // 2
    length = len(body) if rendered.stream is None else _declared(start)
    if length is None:
        return _UNKNOWN if broken.size is None else len(start) + broken.size
    if broken.size is None:
        return len(start) + length // 2
    return len(start) + min(broken.size, max(0, length - 1))


def _declared(start: bytes) -> int | None:
    """Return the Content-Length of a head, in bytes; None if it has none."""
    for line in start.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None


def _chunked_head(response: Response) -> bytes:
    fields = response.headers.without("Content-Length", "Transfer-Encoding").raw
    return response_head(response.status, response.reason, (*fields, (b"Transfer-Encoding", b"chunked")))


async def _half(body: Body) -> bytes:
    """Return half of a body, or of its first piece."""
    if isinstance(body, bytes):
        return body[: max(1, len(body) // 2)]
    async for piece in body:
        return piece[: max(1, len(piece) // 2)]
    return b""
