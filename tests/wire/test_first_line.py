"""A target with raw UTF-8 is read percent-encoded and sent on as its bytes, however its line comes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.model import Request
from gateway.wire.first_line import FirstLine, encoded, on_the_wire
from tests.harness.lab import Lab
from tests.harness.sockets import settle
from tests.planting import examples

CAFE = b"/caf\xc3\xa9?q=\xe2\x82\xac&a=%3a"
CAFE_READ = "/caf%C3%A9?q=%E2%82%AC&a=%3a"
REST = b"\r\nHost: gateway\r\nX-A: caf\xc3\xa9\r\n\r\n"
TARGETS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" "), max_size=12).map(
    lambda text: b"/" + text.encode()
)


@given(target=TARGETS, cuts=st.lists(st.integers(0, 60), max_size=4), empty=st.sampled_from([b"", b"\r\n"]))
@examples(200)
def test_the_first_line_is_ascii_however_it_is_cut_and_all_else_stays(
    target: bytes, cuts: list[int], empty: bytes
) -> None:
    data = empty + b"GET " + target + b" HTTP/1.1" + REST
    line = FirstLine(1000)
    read = b""
    for start, end in pairwise([0, *sorted(cuts), len(data)]):
        read += line.read(data[start:end]) if line.is_open or not read.strip() else data[start:end]
    assert read == empty + b"GET " + encoded(target) + b" HTTP/1.1" + REST
    assert line.raw_target == ("" if target.isascii() else target.decode("latin-1"))
    assert not line.is_open


@pytest.mark.parametrize(
    "data",
    [
        b"X-A: caf\xc3\xa9\r\nGET / HTTP/1.1\r\n\r\n",  # no first line, though it stands where one might
        b"\xff\xfe\x00",
        b"GET / HTTP/1.1\r\nX-A: caf\xc3\xa9\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_first_line_stays(data: bytes) -> None:
    line = FirstLine(1000)
    assert line.read(data) == data
    assert line.raw_target == ""


@pytest.mark.parametrize(
    "rest", [b"/\xc3\xa9 HTTP/2.0", b"/\xc3\xa9", b"/a \xc3\xa9 HTTP/1.1", b"/\x7f\xc3\xa9 HTTP/1.1", b"/\xe9 HTTP/1.1"]
)
def test_a_line_that_is_to_be_refused_reaches_the_parser_as_it_came(rest: bytes) -> None:
    whole = b"GET " + rest + b"\r\n"
    for cut in range(1, len(whole)):
        line = FirstLine(1000)
        assert line.read(whole[:cut]) + line.read(whole[cut:]) == whole
        assert (line.raw_target, line.is_open) == ("", False)


def test_a_line_without_end_is_passed_on_and_forgotten() -> None:
    for piece in (b"GET", b"GET /\xc3\xa9"):
        line = FirstLine(100)
        assert b"".join(line.read(piece) for _ in range(60)) in piece * 60
        assert len(line._line) <= 100


def test_what_goes_out_is_what_came_unless_it_was_changed() -> None:
    request = Request("GET", CAFE_READ, raw_target=CAFE.decode("latin-1"))
    assert on_the_wire(request) == CAFE.decode("latin-1")
    assert on_the_wire(replace(request, target="/other")) == "/other"
    assert on_the_wire(Request("GET", CAFE_READ)) == CAFE_READ


async def test_a_raw_target_goes_to_the_upstream_as_its_bytes(lab: Lab) -> None:
    """Over one connection: raw, cut in pieces, plain, and with another method."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    await wire.send(b"GET " + CAFE + b" HTTP/1.1" + REST).message()
    wire.send(b"GET /caf\xc3")
    await settle()
    await wire.send(b"\xa9 HTTP/1.1" + REST).message()
    await wire.send(b"GET /caf%C3%A9 HTTP/1.1" + REST).message()
    await wire.send(b"DELETE /\xe2\x82\xac HTTP/1.1" + REST).message()

    assert [request.start for request in origin.seen] == [
        b"GET " + CAFE + b" HTTP/1.1",
        b"GET /caf\xc3\xa9 HTTP/1.1",
        b"GET /caf%C3%A9 HTTP/1.1",
        b"DELETE /\xe2\x82\xac HTTP/1.1",
    ]
    assert [request.get(b"X-A") for request in origin.seen] == [b"caf\xc3\xa9"] * 4
    assert gateway.witness.exchanges[0].received.target == CAFE_READ


async def test_bytes_of_a_body_are_no_first_line(lab: Lab) -> None:
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()
    body = b"GET /caf\xc3\xa9 HTTP/1.1\r\n"
    wire.send(b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n" % (2 * len(body)))
    for _ in range(2):
        await settle()
        wire.send(body)
    await wire.message()
    assert origin.seen[0].body == 2 * body
