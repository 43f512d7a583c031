"""A tunnel copies bytes between two connections, in both directions, until both directions have ended.

Facts
-----
* A side that has ended its direction may still read (half-close). So the end is passed on, and the other direction continues.
* If one side does not read, the other side must stop writing. So the tunnel reads a piece only after the piece before has gone out.
* A reset ends both directions. So does a long silence in both directions. A client that does not read counts as silent.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from time import monotonic
from typing import TypeAlias

from msgspec import Struct

IDLE_SECONDS = 300.0
"""Longest silence of a tunnel, in seconds. Players and push connections make shorter pauses."""
CLOSE_SECONDS = 5.0
"""Longest time for the last bytes to be read, in seconds."""
PIECE = 1 << 16

End: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Tunnel(Struct):
    """Two connections, and the bytes that were copied between them."""

    sent: int = 0
    """Bytes from the client."""
    received: int = 0
    """Bytes for the client."""
    moved_at: float = 0.0
    """When the last byte was copied, in seconds of the monotonic clock."""

    async def carry(self, client: socket.socket, host: socket.socket, idle: float = IDLE_SECONDS) -> str:
        """Copy until the end, close both connections, and return why it ended: `closed`, `reset` or `idle`."""
        self.moved_at = monotonic()
        ends: list[End] = []
        ways: list[asyncio.Task[None]] = []
        try:
            ends.append(await asyncio.open_connection(sock=client))
            ends.append(await asyncio.open_connection(sock=host))
            ways.append(asyncio.create_task(self._way("sent", ends[0], ends[1])))
            ways.append(asyncio.create_task(self._way("received", ends[1], ends[0])))
            why = await self._until_ended(ways, idle)
            if why == "closed":
                await _close(ends)
            return why
        finally:
            for way in ways:
                way.cancel()
            for _, writer in ends:
                writer.transport.abort()
            for wire in (client, host)[len(ends) :]:
                wire.close()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _until_ended(self, ways: list[asyncio.Task[None]], idle: float) -> str:
        while (left := self.moved_at + idle - monotonic()) > 0:
            done, pending = await asyncio.wait(ways, timeout=left, return_when=asyncio.FIRST_EXCEPTION)
            if any(way.exception() for way in done):
                return "reset"
            if not pending:
                return "closed"
        return "idle"

    async def _way(self, counted: str, source: End, target: End) -> None:
        reader, writer = source[0], target[1]
        while piece := await reader.read(PIECE):
            self.moved_at = monotonic()
            writer.write(piece)
            await writer.drain()
            setattr(self, counted, getattr(self, counted) + len(piece))
            self.moved_at = monotonic()
        writer.write_eof()


async def _close(ends: list[End]) -> None:
    """Close when the last bytes have gone out, or after `CLOSE_SECONDS`."""
    for _, writer in ends:
        writer.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await asyncio.gather(*[writer.wait_closed() for _, writer in ends], return_exceptions=True)
