"""A body that is passed to the app as it comes, and collected for a recording at the same time. Only the end waits for the recording.

Facts
-----
* A separate task reads the source, so a slow app does not delay the collecting. Beyond the limit the task stops, and the app reads
  the rest directly. So memory never holds more than a recording may have.
* The end of the reply waits for `release`. With a known length, the end is the last byte; otherwise the wire writes it after the last
  piece. So a recording is on disk before its app can act upon the whole answer.
* If an app leaves an endless stream (server-sent events), the stream ends. If an app leaves any other answer, the rest of the answer
  is still collected.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal, TypeAlias

from gateway.core.model import BodyTruncatedError, Headers, RawHeaders, Stream

End: TypeAlias = Literal["", "whole", "large", "cut off", "left"]
"""How reading ended: not yet, with the whole body, at the limit, with a body that broke off, or because the app left."""

ENDLESS = frozenset(
    {"text/event-stream", "application/x-ndjson", "application/stream+json", "multipart/x-mixed-replace"}
)
"""Media types of answers that last as long as their client listens."""


class Tee:
    """One body, for an app and for a recording. The app's side iterates it once."""

    def __init__(self, body: Stream, limit: int, headers: Headers) -> None:
        """Begin to read `body`, and collect at most `limit` bytes. `headers` tell its length and its media type."""
        self._body = body
        self._source = aiter(body)
        self._limit = limit
        length = headers.get("Content-Length")
        self._length = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None  # noqa: PLR2004  # 2**64
        self.endless = headers.get("Content-Type").partition(";")[0].strip().lower() in ENDLESS
        self.end: End = ""
        self.ended = asyncio.Event()
        """Set when collecting has ended."""
        self._pieces: list[bytes] = []
        self._news = asyncio.Event()
        self._released = asyncio.Event()
        self._left = False
        self._error: Exception | None = None
        self._reading = asyncio.create_task(self._read())

    @property
    def announced(self) -> frozenset[bytes]:
        """The names of the trailers that the answer announces, in lower case."""
        return getattr(self._body, "announced", frozenset())

    @property
    def trailers(self) -> RawHeaders:
        """The announced trailers, after the last piece."""
        return getattr(self._body, "trailers", ())

    @property
    def whole(self) -> bytes:
        """The whole body, if `end` is `whole`."""
        return b"".join(self._pieces)

    def release(self) -> None:
        """Let the reply end, since the recording is written, or given up."""
        self._released.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sent = number = 0
        while True:
            while number < len(self._pieces):
                piece = self._pieces[number]
                number += 1
                sent += len(piece)
                if self._length is not None and sent >= self._length:
                    await self._released.wait()
                yield piece
            if self.end:
                break
            self._news.clear()
            await self._news.wait()
        if self.end == "large":
            self._pieces = []
            async for piece in self._source:
                yield piece
        elif self.end != "whole":
            raise self._error or BodyTruncatedError
        await self._released.wait()

    async def aclose(self) -> None:
        """Note that the app has stopped reading."""
        if not self._left:
            self._left = True
            if not self.end and self.endless:
                await self.abandon()
            elif self.end == "large":
                await self._body.aclose()

    async def abandon(self) -> None:
        """Stop reading at once."""
        if not self.end:
            self._finish("left")
            self._reading.cancel()
        await self._body.aclose()

    async def _read(self) -> None:
        size = 0
        try:
            async for piece in self._source:
                self._pieces.append(piece)
                self._news.set()
                size += len(piece)
                if size > self._limit:
                    self._finish("large")
                    break
            else:
                self._finish("whole")
        except Exception as error:  # noqa: BLE001  # the reader of the body gets it
            self._error = error
            self._finish("cut off")
        if self._left and self.end == "large":
            await self._body.aclose()

    def _finish(self, end: End) -> None:
        self.end = self.end or end
        self.ended.set()
        self._news.set()
