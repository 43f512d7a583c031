"""Reads bodies into memory up to a limit. A longer body stays a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gateway.core.model import Body, BodyTruncatedError, Stream


async def gather(body: Body, limit: int) -> bytes | Resumed:
    """Return the whole body as bytes. If it is longer than `limit` bytes, or cut off, return a stream of it."""
    if isinstance(body, bytes):
        return body
    pieces: list[bytes] = []
    size = 0
    source = aiter(body)
    try:
        async for piece in source:
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                return Resumed(pieces, source, body)
    except BodyTruncatedError:
        return Resumed(pieces, None, body)
    return b"".join(pieces)


async def close(body: Body) -> None:
    """Close a body that nobody will read."""
    if not isinstance(body, bytes):
        await body.aclose()


class Resumed:
    """A stream whose first pieces are already in memory."""

    def __init__(self, pieces: list[bytes], rest: AsyncIterator[bytes] | None, origin: Stream) -> None:
        self._pieces = pieces
        self._rest = rest
        self._origin = origin

    @property
    def truncated(self) -> bool:
        """Whether the body was cut off. Otherwise it is too large for memory."""
        return self._rest is None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        self._pieces = []
        if self._rest is None:
            raise BodyTruncatedError
        async for piece in self._rest:
            yield piece

    async def aclose(self) -> None:
        """Close the rest of the stream."""
        await self._origin.aclose()
