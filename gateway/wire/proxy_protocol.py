"""Reads the PROXY protocol, versions 1 and 2: with it, a proxy that does not speak HTTP names the client of a connection.

Facts (haproxy.org/download/2.9/doc/proxy-protocol.txt)
-----
* The header comes before all other bytes, also before TLS. Only known proxies are believed, because anybody else could
  name any address.
* A version 1 header is a line of at most 107 bytes, a version 2 header 16 bytes and what they announce, 64 KiB at most.
* `LOCAL` and `UNKNOWN` mark connections of the proxy itself, for example health checks. The connection's own address stays.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Receive: TypeAlias = Callable[[int], Awaitable[bytes]]
"""Returns exactly that many bytes. Raises EOFError at the end of the connection."""

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LONGEST_LINE = 107
LONGEST_REST = 4096
"""The most bytes that are read after the fixed part of a version 2 header: addresses, and further values (TLVs)."""

_FIXED = struct.Struct("!12sBBH")
_FIRST = 15
"""The length of the shortest header: `PROXY UNKNOWN` and the end of the line."""
_LOCAL, _PROXY = 0x20, 0x21
_FAMILIES = {0x11: (socket.AF_INET, 4), 0x21: (socket.AF_INET6, 16)}
_LEAST_WORDS = 6
_HIGHEST_PORT = 65535


class ProxyHeaderError(ValueError):
    """The connection does not begin with a PROXY protocol header."""


async def read_proxy_header(receive: Receive) -> str | None:
    """Read a header and not a byte more. Return the address in it, or None if it has no address. Raises ProxyHeaderError."""
    try:
        start = await receive(_FIRST)
        if start.startswith(SIGNATURE):
            return await _version_2(start + await receive(_FIXED.size - _FIRST), receive)
        if start.startswith(b"PROXY "):
            return await _version_1(start, receive)
    except EOFError:
        message = "it closed the connection"
        raise ProxyHeaderError(message) from None
    message = "expected a PROXY protocol header, found something else"
    raise ProxyHeaderError(message)


async def _version_1(line: bytes, receive: Receive) -> str | None:
    while not line.endswith(b"\r\n"):
        if len(line) >= LONGEST_LINE:
            message = f"expected a PROXY line of at most {LONGEST_LINE} bytes, found a longer one"
            raise ProxyHeaderError(message)
        line += await receive(1)
    words = line[:-2].decode("ascii", "replace").split(" ")
    if words[1] == "UNKNOWN":
        return None
    versions = {"TCP4": 4, "TCP6": 6}
    if len(words) != _LEAST_WORDS or words[1] not in versions:
        message = "expected PROXY TCP4 or TCP6, two addresses and two ports, found something else"
        raise ProxyHeaderError(message)
    source, destination = (_address(word, versions[words[1]]) for word in words[2:4])
    if source is None or destination is None or not all(map(_is_port, words[4:])):
        message = "expected two addresses and two ports, found something else"
        raise ProxyHeaderError(message)
    return source


async def _version_2(fixed: bytes, receive: Receive) -> str | None:
    _, command, family, length = _FIXED.unpack(fixed)
    if command not in {_LOCAL, _PROXY}:
        message = f"expected version 2 and the command LOCAL or PROXY, found {command:#04x}"
        raise ProxyHeaderError(message)
    if length > LONGEST_REST:
        message = f"expected at most {LONGEST_REST} bytes of addresses, found {length}"
        raise ProxyHeaderError(message)
    rest = await receive(length) if length else b""
    known = _FAMILIES.get(family)
    if command == _LOCAL or known is None:  # the specification asks to skip other kinds of sockets
        return None
    kind, size = known
    if length < 2 * size + 4:
        message = f"expected two addresses and two ports, found {length} bytes"
        raise ProxyHeaderError(message)
    return str(ipaddress.ip_address(socket.inet_ntop(kind, rest[:size])))


def _address(text: str, version: int) -> str | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return str(address) if address.version == version and "%" not in text else None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and str(int(text)) == text and int(text) <= _HIGHEST_PORT
