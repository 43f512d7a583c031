"""A head that is read without the parser is what the parser makes of it."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError, HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.wire.reading import MAX_FIELDS, Head, Heads, read_head
from tests.harness.for_each import for_each

LONGEST = 1 << 16
USUAL = b"GET /api/v2/REF30/profiles?a=%2F&b HTTP/1.1\r\nHost: tv.example:80\r\nAccept: a/b, c;q=1\r\nX-Empty: \r\n\r\n"
NAMES = (
    "Host",
    "host",
    "Accept",
    "X-Odd",
    "Connection",
    "Content-Length",
    "Expect",
    "Upgrade",
    "TE",
    "User-Agent",
    "x y",
    "",
)
VALUES = (
    "tv.example",
    "a",
    "",
    " a",
    "a ",
    "\t",
    "a\tb",
    "caf\xe9",
    "\x00",
    "a\rb",
    "a\nb",
    "\x7f",
    "keep-alive",
    "0",
    "a, b",
    "100-continue",
)


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * 9 * len(others) + [*others])


LINES = st.tuples(
    mostly("GET", "HEAD", "DELETE", "POST", "CONNECT", "get", ""),
    mostly(" ", "  ", "\t", ""),
    st.one_of(
        st.sampled_from(["/", "*", "//", "/a b", "/#a", "/?#", "http://a/", "/caf\xe9", "/%zz", '/"<>\\^`{|}']),
        st.text(st.characters(max_codepoint=255), max_size=12).map(lambda text: f"/{text}"),
    ),
    mostly(" HTTP/1.1", " HTTP/1.0", " HTTP/2.0", " HTTP/1.1 ", ""),
).map("".join)
FIELDS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(NAMES), st.text(st.characters(max_codepoint=255), max_size=6)),
        mostly(": ", ":", ":  ", " : ", ""),
        st.one_of(st.sampled_from(VALUES), st.text(st.characters(max_codepoint=255), max_size=12)),
        mostly("\r\n", "\n", "\r\n "),
    ).map("".join),
    max_size=5,
)
HEADS = st.tuples(LINES, FIELDS, mostly(True, False), mostly("\r\n", "", "\n", "\r\nX")).map(
    lambda parts: (
        f"{parts[0]}\r\n{'Host: a' + chr(13) + chr(10) if parts[2] else ''}{''.join(parts[1])}{parts[3]}".encode(
            "latin-1"
        )
    )
)


def parsed(data: bytes) -> Head | None:
    """Return what the parser makes of a message without a body; None if it is no such message, or more than one."""

    async def parse() -> Any:
        loop = asyncio.get_running_loop()
        parser = HttpRequestParser(
            BaseProtocol(loop), loop, 1 << 16, max_line_size=LONGEST, max_field_size=LONGEST, max_headers=MAX_FIELDS, auto_decompress=False
        )  # fmt: skip
        return parser.feed_data(data)

    try:
        messages, upgraded, _ = asyncio.run(parse())
    except HttpProcessingError:
        return None
    if len(messages) != 1 or upgraded or messages[0][1] is not EMPTY_PAYLOAD:
        return None
    return read_head(messages[0][0], LONGEST)


@example(USUAL)
@given(HEADS)
def test_what_is_read_is_what_the_parser_reads(data: bytes) -> None:
    """It is never read where the parser refuses it, or sees a body, another message, or a connection that ends."""
    head = Heads().get(data)
    assert head is None or head == parsed(data)


def test_a_usual_head_is_read_and_kept() -> None:
    """It is kept when its fields come for the second time, since most new fields never come again. Another target with them shares them."""
    heads = Heads()
    first, head = heads.get(USUAL), heads.get(USUAL)
    assert head is not None
    assert head == first == parsed(USUAL)
    assert heads.get(bytes(bytearray(USUAL))) is head
    other = heads.get(USUAL.replace(b"profiles", b"logout"))
    assert other is not None
    assert (other.shares, other.request.headers is head.request.headers) == (True, True)


def test_fields_are_new_when_they_come_for_the_first_time() -> None:
    heads = Heads()
    first, second, third = heads.get(USUAL), heads.get(USUAL), heads.get(USUAL)
    other = heads.get(USUAL.replace(b"profiles", b"logout"))
    found = [head.request.headers.is_new for head in (first, second, third, other) if head is not None]
    assert found == [True, False, False, False]


@for_each(
    ("before", "after"),
    [
        (b"GET ", b"POST "),
        (b"/api", b"http://tv.example/api"),
        (b"/api", b"/\xc3\xa9"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Host: ", b"Host: a b"),
        (b"Host: ", b"X-Host: "),
        (b"Accept: ", b"Host: "),
        (b"X-Empty: ", b"accept: "),
        (b"X-Empty: ", b"Content-Length: 0"),
        (b"X-Empty: ", b"Transfer-Encoding: chunked"),
        (b"X-Empty: ", b"Connection: close"),
        (b"X-Empty: ", b"Expect: 100-continue"),
        (b"X-Empty: ", b"X-Folded: a\r\n b"),
        (b"Accept: ", b"Accept:\t"),
        (b"\r\n\r\n", b"\r\n"),
        (b"\r\n\r\n", b"\r\n\r\nG"),
        (b"X-Empty: ", b"X-Long: " + b"x" * 8192),
    ],
)
def test_every_other_head_is_left_to_the_parser(before: bytes, after: bytes) -> None:
    """Also one whose fields came before, with a usual first line."""
    heads = Heads()
    data = USUAL.replace(before, after, 1)
    assert heads.get(data) is None
    head, other = parsed(data), data.replace(b"profiles", b"logout", 1)
    if head is not None and data.endswith(b"\r\n\r\n"):
        for _ in range(2):
            heads.put(data, head)
        found = heads.get(other)
        assert found is None or replace(found, shares=False) == parsed(other)


def test_fields_that_came_with_another_version_are_looked_at_again() -> None:
    """HTTP/1.0 may have no Host; the same fields with HTTP/1.1 are for the parser, which refuses them."""
    heads, old = Heads(), b"GET / HTTP/1.0\r\nX-Odd: 1\r\n\r\n"
    head = parsed(old)
    assert head is not None
    for _ in range(2):
        heads.put(old, head)
    assert heads.get(old.replace(b"HTTP/1.0", b"HTTP/1.1")) is None


@for_each("before", [b"\r\n", b"\n\r\n", b"\r\r\n", b"\n", b"\r"])
def test_a_head_behind_empty_lines_is_never_taken_for_another(before: bytes) -> None:
    """Its target is not another's with the same fields, and its first line is no field of a head that comes later."""
    heads = Heads()
    for target in (b"/one", b"/two", b"/one", b"/two"):
        data = before + USUAL.replace(b"/api", target)
        head = parsed(data)
        assert head is not None
        assert heads.put(data, head).request.target.startswith(target.decode())
    for data in (
        before + USUAL.replace(b"/api", b"/one"),
        before + USUAL.partition(b"\r\n")[2],
        b"GET /three HTTP/1.1\r\n" + USUAL.replace(b"/api", b"/one"),
    ):
        found = heads.get(data)
        assert found is None or found == parsed(data)
