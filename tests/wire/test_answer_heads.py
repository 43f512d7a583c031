"""What the head of an upstream's answer comes to, once and again."""

from __future__ import annotations

import pytest

from gateway.core.model import Request
from gateway.wire import answer_heads
from gateway.wire.answer_heads import KNOWN
from gateway.wire.upstream_connection import UpstreamConnection
from tests.harness.for_each import for_each
from tests.harness.lab import Lab

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-Of: %b\r\n\r\n"
ASKED = Request("GET", "/")


@for_each(
    ("answer", "status", "body", "connections"),
    [
        (HEAD % b"whole" + b"12345", 200, b"12345", 1),
        (b"HTTP/1.1 204 No Content\r\nX-Of: nothing\r\n\r\n", 204, b"", 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b"", 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab", 200, b"ab", 4),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 502, None, 4),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 502, None, 4),
    ],
)
async def test_the_same_bytes_come_to_the_same_each_time(
    lab: Lab, answer: bytes, status: int, body: bytes | None, connections: int
) -> None:
    """The second time a head is remembered, and from the third time on it is not parsed."""
    upstream = await lab.upstream(await lab.origin(answer))
    answers = [await upstream.send(ASKED) for _ in range(4)]
    assert [found.status for found in answers] == [status] * 4
    assert body is None or [found.body for found in answers] == [body] * 4
    assert len({found.headers for found in answers}) == 1
    assert upstream.connections == connections


async def test_a_known_head_says_how_long_its_body_is(lab: Lab) -> None:
    """What comes with it, and is no more of the answer, is never taken for its body, nor for the next answer."""
    head = HEAD % b"length"
    upstream = await lab.upstream(
        await lab.origin(head + b"12345", head + b"12345", head + b"abcdeHTTP/1.1 ", head + b"67890")
    )
    bodies = [(await upstream.send(ASKED)).body for _ in range(4)]
    assert (bodies, upstream.connections) == ([b"12345", b"12345", b"abcde", b"67890"], 2)


async def test_a_head_that_is_too_long_for_one_gateway_is_not_taken_from_memory(lab: Lab) -> None:
    head = HEAD % (b"x" * 9000)
    origin = await lab.origin(head + b"12345")
    wide, narrow = await lab.upstream(origin), await lab.upstream(origin, max_head=8190)
    assert [(await wide.send(ASKED)).status for _ in range(3)] == [200] * 3
    assert KNOWN.get(head) is not None
    assert (await narrow.send(ASKED)).status == 502


def dated(line: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nX-Of: dates\r\n" + line + b"Content-Length: 5\r\nX: y\r\n\r\n12345"


DATES = [b"Date: Sat, 28 Nov 2026 02:18:%02d GMT\r\n" % second for second in range(6)]


@for_each(
    ("name", "lines"),
    [
        ("each another one", DATES),
        ("the same twice", [line for line in DATES[:4] for _ in range(3)]),
        ("two in an answer", [first + second for first, second in zip(DATES, reversed(DATES), strict=True)]),
        ("of another form", [b"Date: %d\r\n" % number for number in range(6)]),
        ("in lower case", [line.lower() for line in DATES]),
        ("one that goes on", [line + b" and more\r\n" for line in DATES]),
        ("for this connection alone", [b"Connection: Date\r\n" + line for line in DATES]),
        ("beside one in lower case", [line + DATES[0].lower() for line in DATES]),
    ],
)
async def test_each_answer_has_its_own_date(name: str, lines: list[bytes], lab: Lab) -> None:
    """A head that is known but for its Date is the one that it would be if it were parsed."""
    upstream = await lab.upstream(await lab.origin(*[dated(line) for line in lines]))
    found = [await upstream.send(ASKED) for _ in lines]
    for memory in (KNOWN, answer_heads._UNDATED, answer_heads._HEADS):
        memory.clear()
    anew = []
    upstream = await lab.upstream(await lab.origin(*[dated(line) for line in lines]))
    for _ in lines:
        anew.append(await upstream.send(ASKED))
        for memory in (KNOWN, answer_heads._UNDATED, answer_heads._HEADS):
            memory.clear()
    assert found == anew, name


async def test_a_head_that_is_known_but_for_its_date_is_not_parsed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = await lab.upstream(await lab.origin(*[dated(line) for line in DATES]))
    for _ in DATES[:2]:
        await upstream.send(ASKED)

    def parsed(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(UpstreamConnection, "_new_parser", parsed)
    monkeypatch.setattr(UpstreamConnection, "_own_parser", None)
    monkeypatch.setattr("gateway.wire.upstream_connection.final_head", parsed)
    answers = [await upstream.send(ASKED) for _ in DATES[2:]]
    assert [answer.headers["Date"].encode() for answer in answers] == [line[6:-2] for line in DATES[2:]]
