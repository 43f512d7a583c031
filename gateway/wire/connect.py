"""Reads a client's CONNECT from a connection, and takes not a byte more: TLS or anything else may follow.

Facts
-----
* CONNECT names host and port and nothing else (RFC 9112 section 3.2.3). What follows its head is the tunnel's (RFC 9110 section 9.3.6),
  and impatient clients send it before they are answered.
* No other method that is known begins with `CONNECT `. A connection that begins otherwise is left as it is.
* So the head is looked at in the system's buffer (MSG_PEEK), and taken when it is whole. One that comes in pieces is looked at again
  after a moment: the system says that there are bytes, and not that there are more.
"""

from __future__ import annotations

import asyncio
import re
import socket

from gateway.core.hostport import read_host_port

LONGEST = 1 << 14
"""Bytes of a head at most; one says what browser it is, and no more."""
AGAIN_SECONDS = 0.02
TLS = b"\x16"
"""The first byte of a client's TLS (RFC 8446 section 5.1)."""
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"

_START = b"CONNECT "
_END = b"\r\n\r\n"
_LINE = re.compile(rb"CONNECT ([!-~]++) HTTP/1\.[01]\r\n")


class EndlessHeadError(Exception):
    """The head of a CONNECT is too long."""


async def connect_head(wire: socket.socket) -> bytes | None:
    """Wait for a connection's first bytes; take and return the head of a CONNECT, or None where another message begins.

    Raises EndlessHeadError, and OSError where the connection ended.
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
    """Wait for bytes, and return them without taking them; raises OSError where the connection ended."""
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
    """Return the host, in lower case and without a last dot, and the port that a CONNECT names; None where it names none."""
    line = _LINE.match(head)
    return read_destination(line[1].decode("ascii")) if line is not None else None


def read_destination(authority: str) -> tuple[str, int] | None:
    """Read `HOST:PORT`, `HOST.:PORT` or `[v6]:PORT`; None where it is none of them, such as a number that some systems take for an address."""
    host, colon, port = authority.rpartition(":")
    if not host.startswith("["):
        host = host.removesuffix(".")
    read = read_host_port(f"{host}{colon}{port}")
    return (read[0], read[1]) if read is not None and read[1] is not None else None


def _tell(there: asyncio.Future[None]) -> None:
    if not there.done():
        there.set_result(None)
