"""The CONNECT of a client of a proxy: not a byte more of it is taken than its head."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.connect import LONGEST, EndlessHeadError, connect_head, destination, first_bytes
from tests.harness.for_each import for_each

HEAD = b"CONNECT api.auth.adobe.com:443 HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


async def test_what_an_impatient_client_sends_behind_its_head_stays(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(HEAD + b"\x16\x03")
    assert await connect_head(ours) == HEAD
    assert await first_bytes(ours) == b"\x16"
    assert ours.recv(10) == b"\x16\x03"


async def test_a_head_may_come_in_pieces_and_one_of_another_message_is_left(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    reading = asyncio.create_task(connect_head(ours))
    for piece in (b"CON", HEAD[3:20], HEAD[20:]):
        theirs.sendall(piece)
        await asyncio.sleep(0.001)
    assert await reading == HEAD
    theirs.sendall(b"CONNOISSEUR / HTTP/1.1\r\n\r\n")
    assert await connect_head(ours) is None
    assert ours.recv(100) == b"CONNOISSEUR / HTTP/1.1\r\n\r\n"


async def test_a_head_without_an_end_and_a_connection_that_ends_are_errors(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    theirs.sendall(b"CONNECT a:1 HTTP/1.1\r\nX: " + b"x" * LONGEST)
    with pytest.raises(EndlessHeadError):
        await connect_head(ours)
    ours.recv(2 * LONGEST)
    theirs.close()
    with pytest.raises(ConnectionResetError):
        await connect_head(ours)


@for_each(
    ("authority", "to"),
    [
        ("api.auth.adobe.com:443", ("api.auth.adobe.com", 443)),
        ("API.Auth.Adobe.COM:443", ("api.auth.adobe.com", 443)),
        ("api.auth.adobe.com.:443", ("api.auth.adobe.com", 443)),
        ("api.auth.adobe.com..:443", None),
        ("xn--bcher-kva.example:443", ("xn--bcher-kva.example", 443)),
        ("127.0.0.1:443", ("127.0.0.1", 443)),
        ("[::1]:443", ("::1", 443)),
        ("[0:0:0:0:0:0:0:1]:443", ("::1", 443)),
        ("[::ffff:127.0.0.1]:443", ("::ffff:7f00:1", 443)),
        ("[fe80::1%25eth0]:443", ("fe80::1%25eth0", 443)),
        ("::1:443", None),
        ("[::1.]:443", None),
        ("[127.0.0.1]:443", None),
        ("2130706433:443", None),
        ("127.1:443", None),
        ("0177.0.0.1:443", None),
        ("0x7f.0.0.1:443", None),
        ("0x7f000001:443", ("0x7f000001", 443)),
        ("%6c%6f%63alhost:443", None),
        ("user@localhost:443", None),
        ("user:pass@localhost:443", None),
        ("https://localhost:443", None),
        ("/etc/passwd", None),
        ("localhost", None),
        ("localhost:", None),
        ("localhost:0", None),
        ("localhost:65536", None),
        ("localhost:https", None),
        ("localhost:+443", None),
        (":443", None),
        (".:443", None),
        ("*:443", None),
        ("a..b:443", None),
    ],
)  # fmt: skip
def test_a_destination_is_a_host_and_a_port_and_nothing_else(authority: str, to: tuple[str, int] | None) -> None:
    assert destination(b"CONNECT %b HTTP/1.1\r\nHost: x\r\n\r\n" % authority.encode()) == to


@given(st.binary(max_size=200))
def test_whatever_is_asked_for_names_a_plain_host_or_nothing(data: bytes) -> None:
    to = destination(b"CONNECT " + data)
    assert to is None or (to[0] == to[0].lower() and 0 < to[1] < 65536 and not set(to[0]) & set("@/?#\\ \r\n"))


@for_each(
    "head",
    [
        "CONNECT b\u00fccher.example:443 HTTP/1.1\r\n\r\n".encode(),
        b"CONNECT a:1 HTTP/2.0\r\n\r\n",
        b"CONNECT  a:1 HTTP/1.1\r\n\r\n",
        b"CONNECT a:1\r\n\r\n",
        b"CONNECT a:1 b:2 HTTP/1.1\r\n\r\n",
        b"CONNECT a\0:1 HTTP/1.1\r\n\r\n",
        b"connect a:1 HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_line_of_a_connect_names_nothing(head: bytes) -> None:
    assert destination(head) is None
