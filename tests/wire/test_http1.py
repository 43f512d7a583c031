"""Heads are written as they were read, and nothing in one ends its line before its time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.headers import HOST
from gateway.core.model import Body, Headers, RawHeaders
from gateway.wire.http1 import (
    LAST_CHUNK,
    HeadError,
    chunk,
    content_length,
    framed,
    one_reading,
    request_head,
    response_head,
)
from tests.harness.for_each import for_each

TOKEN = "!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz"  # RFC 9110 section 5.6.2
NAMES = st.text(alphabet=TOKEN, min_size=1, max_size=20).map(str.encode)
VALUES = st.binary(max_size=40).map(lambda value: value.translate(None, b"\r\n\0").strip(b" \t"))
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=12).map(tuple)
METHODS = st.text(alphabet=TOKEN, min_size=1, max_size=10)
TARGETS = st.binary(min_size=1, max_size=60).map(lambda target: target.translate(None, b"\r\n\0 ").decode("latin-1"))
REASONS = st.binary(max_size=30).map(lambda reason: reason.translate(None, b"\r\n\0").decode("latin-1"))


def parsed(head: bytes) -> tuple[bytes, RawHeaders]:
    """Read a head in the plainest way there is."""
    assert head.endswith(b"\r\n\r\n")
    start, *lines = head[:-4].split(b"\r\n")
    return start, tuple((name, value) for name, _, value in (line.partition(b": ") for line in lines))


@given(METHODS, TARGETS, FIELDS)
def test_a_request_head_reads_back(method: str, target: str, fields: RawHeaders) -> None:
    """Method, target and every field, byte for byte, in order and with repeats."""
    start, read = parsed(request_head(method, target, fields))

    assert start == b" ".join([method.encode(), target.encode("latin-1"), b"HTTP/1.1"])
    assert read == fields


@given(st.integers(200, 999), REASONS, FIELDS)
def test_a_response_head_reads_back(status: int, reason: str, fields: RawHeaders) -> None:
    """Status, reason and every field."""
    start, read = parsed(response_head(status, reason, fields))

    assert start == b"HTTP/1.1 %d %b" % (status, reason.encode("latin-1"))
    assert read == fields


INJECTED = ("\r", "\n", "\r\n", "\0", "\r\nX-Evil: 1", "\r\n\r\nGET /evil HTTP/1.1")


@for_each("evil", INJECTED)
@for_each("place", ["a{}", "{}a", "a{}b"])
def test_a_line_end_is_written_nowhere(evil: str, place: str) -> None:
    """Whether it stands in the method, the target, the reason, a name or a value: HeadError."""
    text = place.format(evil)
    field = (text.encode(), b"a"), (b"X", text.encode())
    writes: tuple[Callable[[], bytes], ...] = (
        lambda: request_head(text, "/", ()),
        lambda: request_head("GET", text, ()),
        lambda: request_head("GET", "/", field[:1]),
        lambda: request_head("GET", "/", ((b"Host", b"a"), *field[1:])),
        lambda: response_head(200, text, ()),
        lambda: response_head(200, "OK", field[:1]),
        lambda: response_head(200, "OK", field[1:]),
    )
    for write in writes:
        with pytest.raises(HeadError):
            write()


@pytest.mark.parametrize(
    ("method", "target"), [("GET /x", "/"), ("", "/"), ("GÉT", "/"), ("GET", "/a b"), ("GET", "/ HTTP/1.0")]
)
def test_a_request_line_has_three_words(method: str, target: str) -> None:
    """A space in one of them would make four."""
    with pytest.raises(HeadError):
        request_head(method, target, ())


@for_each("name", [b"", b" ", b"X ", b" X", b"X\t", b"X:", b"X Y", b"(", b"caf\xe9", b'"', b"Content-Length "])
def test_a_name_is_a_token(name: bytes) -> None:
    """RFC 9112 section 5.1: a space before the colon has been read both ways."""
    with pytest.raises(HeadError):
        response_head(200, "OK", ((name, b"a"),))


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_chunks_read_back(pieces: list[bytes]) -> None:
    """However a body is cut, it is the same body; an empty piece does not end it."""
    written = b"".join(map(chunk, pieces)) + LAST_CHUNK
    body = b""
    while True:
        size, _, written = written.partition(b"\r\n")
        if size == b"0":
            break
        body += written[: int(size, 16)]
        assert written[int(size, 16) :].startswith(b"\r\n")
        written = written[int(size, 16) + 2 :]

    assert (body, written) == (b"".join(pieces), b"\r\n")


class Stream:
    """Some stream."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""

    async def aclose(self) -> None:
        """Nothing to give up."""


CL, OTHER = b"Content-Length", (b"X-A", b"b")


@for_each(
    ("fields", "body", "lengths", "chunked"),
    [
        ((OTHER,), b"", [], False),
        ((OTHER,), b"ab", [], True),
        ((OTHER,), Stream(), [], True),
        (((b"content-length", b"2"), OTHER), b"ab", ["2"], False),
        (((b"content-length", b"002"), OTHER), b"ab", ["002"], False),
        (((CL, b"9"), OTHER), Stream(), ["9"], False),
        (((CL, b"0"), OTHER), b"", ["0"], False),
        (((CL, b"9"), OTHER), b"ab", ["2"], False),
        (((CL, b"9"), OTHER), b"", ["0"], False),
    ],
)
def test_a_body_is_framed_once(fields: RawHeaders, body: Body, lengths: list[str], chunked: bool) -> None:
    """By the length that it has, or by chunks; no body and no length stay without."""
    written, is_chunked = framed(fields, body)

    headers = Headers(written)
    assert (headers.getall("Content-Length"), is_chunked) == (lengths, chunked)
    assert headers.getall("Transfer-Encoding") == (["chunked"] if chunked else [])
    assert headers.get("X-A") == "b"


@for_each(
    ("fields", "sound"),
    [
        ({}, True),
        ({"Content-Length": "0"}, True),
        ({"content-length": "123456789012345678"}, True),
        ({"Transfer-Encoding": "Chunked"}, True),
        ({"Content-Length": "1234567890123456789"}, False),
        ({"Content-Length": "18446744073709551615"}, False),
        ({"Content-Length": ""}, False),
        ({"Content-Length": "+1"}, False),
        ({"Content-Length": "1_0"}, False),
        ({"Content-Length": "\xb2"}, False),
        ({"Content-Length": "1", "content-length": "1"}, False),
        ({"Content-Length": "1", "Transfer-Encoding": "chunked"}, False),
        ({"Transfer-Encoding": "gzip, chunked"}, False),
        ({"Transfer-Encoding": "chunked", "transfer-encoding": "chunked"}, False),
        ({"Transfer-Encoding": ""}, False),
    ],
)
def test_framing_has_one_reading_or_none(fields: dict[str, str], sound: bool) -> None:
    """RFC 9112 section 6.3, with no benefit of the doubt."""
    assert one_reading(Headers.of(fields).raw) is sound


def test_content_length_is_found_in_any_case() -> None:
    """And None where there is none."""
    assert (content_length(((b"cOnTent-length", b"7"),)), content_length((OTHER,))) == (7, None)


@for_each(
    ("host", "valid"),
    [
        ("api.example", True),
        ("api.example:8080", True),
        ("api.example:", True),
        ("", True),
        ("[::1]:80", True),
        ("xn--bcher-kva.example", True),
        ("a%20b", True),
        ("a_b", True),
        ("a b", False),
        ("a/b", False),
        ("a@b", False),
        ("a:b", False),
        ("a:123456", False),
        ("[::1", False),
        ("[::1%eth0]", False),
        ("%zz", False),
        ("b\xfccher", False),
        ("a\n", False),
    ],
)
def test_host_grammar(host: str, valid: bool) -> None:
    """RFC 3986 section 3.2.2, in ASCII."""
    assert bool(HOST.fullmatch(host)) is valid
