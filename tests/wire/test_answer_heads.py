"""What the head of an upstream's answer comes to, once and again."""

from __future__ import annotations

from gateway.core.model import Request
from gateway.wire.answer_heads import KNOWN
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
