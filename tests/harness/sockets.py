"""Both ends of the wire as bytes: an origin that answers what it is told, and a client that sees exactly what arrives."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self, TypeAlias

PATIENCE = 60.0
"""Seconds after which a test that waits for bytes has failed; a busy machine is slow."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n"


@dataclass(frozen=True)
class Message:
    """One message, read as RFC 9112 frames it by a reader that has nothing in common with the one under test."""

    head: bytes
    """The start line and the fields as they came, without the empty line."""
    body: bytes
    """The content, its chunks joined."""

    @property
    def start(self) -> bytes:
        return self.head.split(b"\r\n")[0]

    @property
    def status(self) -> int:
        return int(self.start.split(b" ")[1])

    @property
    def target(self) -> bytes:
        return self.start.split(b" ")[1]

    @property
    def lines(self) -> list[bytes]:
        """The field lines."""
        return self.head.split(b"\r\n")[1:]

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        return [(name, value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in self.lines)]

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name: bytes) -> bytes:
        return next(iter(self.all(name)), b"")


async def settle() -> None:
    """Let what has been written arrive: over loopback, within one process, that takes a few turns of the loop."""
    for _ in range(10):
        await asyncio.sleep(0)


class Wire:
    """One end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> Wire:
        self.writer.write(data)
        return self

    async def flush(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.writer.drain()

    async def exactly(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(size)

    async def until(self, end: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(end)

    async def head(self) -> bytes:
        return (await self.until(b"\r\n\r\n"))[:-4]

    async def message(self, *, head_only: bool = False) -> Message:
        """Read one message; `head_only` for the answer to a HEAD."""
        head = await self.head()
        message = Message(head, b"")
        answer = head.startswith(b"HTTP/")
        if head_only or (answer and (message.status < 200 or message.status in {204, 304})):
            return message
        if message.get(b"Transfer-Encoding").lower() == b"chunked":
            return Message(head, await self.chunks())
        if message.get(b"Content-Length"):
            return Message(head, await self.exactly(int(message.get(b"Content-Length"))))
        return Message(head, await self.rest()) if answer else message

    async def chunk(self) -> bytes:
        """Read one chunk; the last one is empty."""
        size = int(await self.until(b"\r\n"), 16)
        data = await self.exactly(size + 2)
        assert data.endswith(b"\r\n")
        return data[:-2]

    async def chunks(self) -> bytes:
        pieces = b""
        while piece := await self.chunk():
            pieces += piece
        return pieces

    async def rest(self) -> bytes:
        """Read until the other side closes; a reset is a ConnectionResetError."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def gone(self) -> bytes:
        """Wait until the other side is gone, gently or not, and return what came before."""
        data = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                while piece := await self.reader.read(65536):
                    data += piece
        return data

    @property
    def heard(self) -> bool:
        """Whether something has arrived that was not read, or the other side is gone."""
        return bool(self.reader._buffer) or self.reader.at_eof() or self.reader.exception() is not None  # type: ignore[attr-defined]  # it has no public way to look

    def close(self) -> None:
        self.writer.close()

    def abort(self) -> None:
        """Close the connection at once; the other end may take that for the end of sending alone."""
        self.writer.transport.abort()

    def reset(self) -> None:
        """Close the connection with a reset: nobody reads any more."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.abort()


Script: TypeAlias = Callable[[Wire], Awaitable[None]]


class Origin:
    """An upstream scripted in bytes. It keeps every message that it could read, and counts its connections."""

    def __init__(self, *answers: bytes, script: Script | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers or (OK,)
        self.script = script or self.play
        self.tls = tls
        self.seen: list[Message] = []
        self.connections = 0
        self.wires: list[Wire] = []
        self.closed = asyncio.Event()
        """A connection has come to its end."""
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def play(self, wire: Wire) -> None:
        """Answer each request with the next of the answers, the last one over and over."""
        while True:
            await self.read(wire)
            wire.send(self.answers[min(len(self.seen), len(self.answers)) - 1])

    async def read(self, wire: Wire) -> Message:
        """Read a request and keep it."""
        message = await wire.message()
        self.seen.append(message)
        return message

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self.tls, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        wire = Wire(reader, writer)
        self.wires.append(wire)
        try:
            await self.script(wire)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self.closed.set()
            writer.close()

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
