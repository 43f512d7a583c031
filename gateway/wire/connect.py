"""Reads a client's CONNECT from a connection and not a byte more, because TLS or other bytes may follow.

Facts
-----
* CONNECT names host and port and nothing else (RFC 9112 section 3.2.3). The bytes after its head belong to the tunnel
  (RFC 9110 section 9.3.6). Impatient clients send them before they have the answer.
* No other known method begins with `CONNECT `. A connection that begins with other bytes is left as it is.
* So the head is read in the system's buffer (MSG_PEEK), and taken when it is whole. If it comes in pieces, it is read again after a
  moment: the system reports that there are bytes, but not that there are more of them.
"""

from __future__ import annotations

import asyncio
import re
import socket

from gateway.core.hostport import read_host_port

LONGEST = 1 << 14
"""The most bytes of a head. The head of a CONNECT has few fields, such as User-Agent."""
AGAIN_SECONDS = 0.02
"""Seconds until an incomplete head is read again."""
TLS = b"\x16"
"""The first byte of a TLS connection (RFC 8446 section 5.1)."""
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"

_START = b"CONNECT "
_END = b"\r\n\r\n"
_LINE = re.compile(rb"CONNECT ([!-~]++) HTTP/1\.[01]\r\n")


class EndlessHeadError(Exception):
    """The head of a CONNECT is too long."""


async def connect_head(wire: socket.socket) -> bytes | None:
    """Wait for the first bytes of a connection. Take and return the head of a CONNECT; return None if another message begins.

    Raises EndlessHeadError, and OSError if the connection ended.
    """
    while True:
        seen = await first_bytes(wire, LONGEST)
        if not seen.startswith(_START) and not _START.startswith(seen):
            return None
        if (end := seen.find(_END)) >= 0:
            return wire.recv(end + len(_END))
        if len(seen) >= LONGEST:
            raise EndlessHeadError
        await asyncio.sleep(AGAIN_SECONDS)


async def first_bytes(wire: socket.socket, most: int = 1) -> bytes:
    """Wait for bytes, and return them without taking them. Raises OSError if the connection ended."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            seen = wire.recv(most, socket.MSG_PEEK)
        except BlockingIOError:
            pass
        else:
            if not seen:
                raise ConnectionResetError
            return seen
        there: asyncio.Future[None] = loop.create_future()
        loop.add_reader(wire, _tell, there)
        try:
            await there
        finally:
            loop.remove_reader(wire)


def destination(head: bytes) -> tuple[str, int] | None:
    """Return the host (in lower case, without a last dot) and the port of a CONNECT; None if its target is malformed."""
    line = _LINE.match(head)
    return read_destination(line[1].decode("ascii")) if line is not None else None


def read_destination(authority: str) -> tuple[str, int] | None:
    """Read `HOST:PORT`, `HOST.:PORT` or `[v6]:PORT`. Return None for other texts, also for numbers that some systems read as an address."""
    host, colon, port = authority.rpartition(":")
    if not host.startswith("["):
        host = host.removesuffix(".")
    read = read_host_port(f"{host}{colon}{port}")
    return (read[0], read[1]) if read is not None and read[1] is not None else None


def _tell(there: asyncio.Future[None]) -> None:
    if not there.done():
        there.set_result(None)
