"""The PROXY protocol's header: what it names, and what is no header."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.proxy_protocol import SIGNATURE, ProxyHeaderError, Receive, read_proxy_header
from tests.harness.for_each import for_each


def receiving(data: bytes, left: bytearray) -> Receive:
    left[:] = data

    async def receive(count: int) -> bytes:
        if len(left) < count:
            raise EOFError
        taken = bytes(left[:count])
        del left[:count]
        return taken

    return receive


def read(data: bytes) -> tuple[str | None, bytes]:
    left = bytearray()
    return asyncio.run(read_proxy_header(receiving(data, left))), bytes(left)


def version_2(source: str, command: int = 0x21, more: bytes = b"", family: int | None = None) -> bytes:
    address = ipaddress.ip_address(source)
    kind = 0x11 if address.version == 4 else 0x21
    rest = address.packed * 2 + struct.pack("!HH", 1000, 443) + more
    return SIGNATURE + bytes([command, kind if family is None else family]) + struct.pack("!H", len(rest)) + rest


@for_each(
    ("header", "address"),
    [
        (b"PROXY TCP4 192.168.0.7 192.168.0.2 56324 443\r\n", "192.168.0.7"),
        (b"PROXY TCP6 2001:db8::7 ::1 1 65535\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff::1 ::1 1 2\r\n", None),
        (version_2("192.168.0.7"), "192.168.0.7"),
        (version_2("2001:db8::7"), "2001:db8::7"),
        (version_2("192.168.0.7", more=b"\3\0\4abcd"), "192.168.0.7"),
        (version_2("192.168.0.7", command=0x20), None),
        (version_2("192.168.0.7", family=0x31), None),
        (SIGNATURE + b"\x20\0\0\0", None),
    ],
)
def test_a_header_names_an_address_and_what_follows_stays(header: bytes, address: str | None) -> None:
    assert read(header + b"GET / HTTP/1.1\r\n") == (address, b"GET / HTTP/1.1\r\n")


@for_each(
    "data",
    [
        b"",
        b"PROXY",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaa",
        b"PROXY TCP4 192.168.0.7 192.168.0.2 56324\r\n",
        b"PROXY TCP4 192.168.0.7 192.168.0.2 56324 70000\r\n",
        b"PROXY TCP4 192.168.0.7 192.168.0.2 56324 0443\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
        b"PROXY TCP4 a b 1 2\r\n",
        b"PROXY UDP4 192.168.0.7 192.168.0.2 1 2\r\n",
        b"PROXY TCP4 " + b"1" * 200 + b"\r\n",
        version_2("192.168.0.7", command=0x31),
        version_2("192.168.0.7", command=0x22),
        version_2("192.168.0.7", more=b"x" * 5000),
        SIGNATURE + b"\x21\x11\0\4abcd",
        version_2("192.168.0.7")[:-1],
    ],
)
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(ProxyHeaderError):
        read(data)


@given(
    st.binary(max_size=200)
    | st.binary(max_size=80).map(lambda rest: SIGNATURE + rest)
    | st.binary(max_size=80).map(lambda rest: b"PROXY TCP4 " + rest)
)
def test_any_bytes_name_an_address_or_none_or_are_refused(data: bytes) -> None:
    try:
        address, _ = read(data)
    except ProxyHeaderError:
        return
    assert address is None or ipaddress.ip_address(address)


def test_the_signature_is_that_of_the_specification() -> None:
    assert SIGNATURE.hex(" ") == "0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a"
    assert socket.inet_ntop(socket.AF_INET, b"\x7f\0\0\1") == "127.0.0.1"
