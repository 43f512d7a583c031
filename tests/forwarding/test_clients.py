"""Every kind of client gets every kind of answer, in order, over connections that are used again."""

from __future__ import annotations

import asyncio

import pytest

from gateway.wire import upstream_connection as upstream_module
from tests.forwarding.waiting import event
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, Wire, settle

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_expect_continue(lab: Lab, version: bytes) -> None:
    """100 Continue is for HTTP/1.1 alone (RFC 9110 section 10.1.1), and is not waited for by one who sends at once."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    head = b"POST / HTTP/%b\r\nHost: a\r\nExpect: 100-CONTINUE\r\nContent-Length: 2\r\n\r\n" % version
    wire = (await gateway.connect()).send(head)
    await settle()

    answer = await wire.send(b"hi").message()
    if version == b"1.1":
        assert answer.status == 100
        answer = await wire.message()

    assert (answer.status, origin.seen[0].body) == (200, b"hi")


async def test_a_refused_expectation_sends_no_100(lab: Lab) -> None:
    """An early answer comes instead of 100 Continue."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    answers = [await gateway.ask(POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\n")]

    assert [(answer.status, answer.get(b"X-Gateway-Error")) for answer in answers] == [(417, b"expectation_failed")]


@pytest.mark.parametrize(
    ("head", "answer", "expected"),
    [
        (b"", b"Content-Length: 2\r\n\r\nok", b"Content-Length: 2\r\nConnection: close\r\n\r\nok"),
        (b"", b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"Connection: close\r\n\r\nok"),
        (
            b"Connection: keep-alive\r\n",
            b"Content-Length: 2\r\n\r\nok",
            b"Content-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
        ),
        (
            b"Connection: keep-alive\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            b"Connection: close\r\n\r\nok",
        ),
    ],
)
async def test_http_1_0_clients(lab: Lab, head: bytes, answer: bytes, expected: bytes) -> None:
    """They get no chunks; a body without a length ends with the connection."""
    origin = await lab.origin(b"HTTP/1.1 200 OK\r\n" + answer)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(b"GET / HTTP/1.0\r\n" + head + b"\r\n")
    expected = b"HTTP/1.1 200 OK\r\n" + expected

    if b"keep-alive" in expected:
        assert await wire.exactly(len(expected)) == expected
    else:
        assert await wire.rest() == expected
    assert origin.seen[0].start == b"GET / HTTP/1.1"


@for_each(
    ("method", "answer", "head_", "connections"),
    [
        (b"HEAD", b"200 OK\r\nContent-Length: 1234\r\n\r\n", b"200 OK\r\nContent-Length: 1234\r\n\r\n", 1),
        (b"HEAD", b"200 OK\r\n\r\n", b"200 OK\r\n\r\n", 2),
        (b"HEAD", b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"200 OK\r\n\r\n", 1),
        (b"GET", b"204 No Content\r\n\r\n", b"204 No Content\r\n\r\n", 1),
        (b"DELETE", b"204 No Content\r\nContent-Length: 0\r\n\r\n", b"204 No Content\r\n\r\n", 1),
        (
            b"GET",
            b"304 Not Modified\r\nETag: a\r\nContent-Length: 9\r\n\r\n",
            b"304 Not Modified\r\nETag: a\r\nContent-Length: 9\r\n\r\n",
            1,
        ),
        (b"GET", b"200 OK\r\nContent-Length: 0\r\n\r\n", b"200 OK\r\nContent-Length: 0\r\n\r\n", 1),
        (b"GET", b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"200 OK\r\nContent-Length: 0\r\n\r\n", 1),
    ],
)
async def test_answers_without_a_body(lab: Lab, method: bytes, answer: bytes, head_: bytes, connections: int) -> None:
    """They end with their head (RFC 9112 section 6.3), and both connections go on where the upstream's is known to."""
    origin = await lab.origin(b"HTTP/1.1 " + answer, OK)
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    assert await wire.send(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n").exactly(len(head_) + 9) == b"HTTP/1.1 " + head_
    assert await wire.send(GET).exactly(len(OK)) == OK
    assert origin.connections == connections


async def test_connections_are_used_again(lab: Lab) -> None:
    """One after the other, requests of one client or of several share a connection to the upstream."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    for _ in range(5):
        assert (await wire.send(GET).message()).body == b"ok"
        assert (await gateway.ask(GET)).body == b"ok"

    assert (origin.connections, len(origin.seen)) == (1, 10)


@pytest.mark.parametrize(
    "close",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_was_called_off_is_not(lab: Lab, close: bytes) -> None:
    """An upstream that says close is taken at its word, and the client's connection is another matter."""
    origin = await lab.origin(close)
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    for _ in range(3):
        answer = await wire.send(GET).message()
        assert (answer.body, answer.all(b"Connection")) == (b"ok", [])

    assert origin.connections == 3


async def test_a_connection_lives_sixty_seconds(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adobe moves its data centres by DNS; a connection that is older serves nobody."""
    assert upstream_module.LIFE_SECONDS <= 60
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    await gateway.ask(GET)
    await gateway.ask(GET)
    assert origin.connections == 1

    monkeypatch.setattr(upstream_module, "LIFE_SECONDS", 0)
    await gateway.ask(GET)

    assert origin.connections == 2
    await event(origin.closed)


async def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    """Each in its turn, though the first takes longer."""

    async def script(wire: Wire) -> None:
        while message := await origin.read(wire):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(message.target) + message.target)

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    targets = [b"/%d" % number for number in range(100)]
    wire = (await gateway.connect()).send(b"".join(GET.replace(b"/ ", target + b" ") for target in targets))

    assert [(await wire.message()).body for _ in targets] == targets


async def test_hundreds_at_once_get_each_their_own(lab: Lab) -> None:
    """Nobody reads another's answer, whoever is first, whoever leaves."""

    async def script(wire: Wire) -> None:
        while message := await origin.read(wire):
            number = int(message.target[1:])
            for _ in range(number % 7):
                await asyncio.sleep(0)
            body = message.target * (1 + number % 50)
            if number % 2:
                wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            else:
                wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body))
                await asyncio.sleep(0)
                wire.send(body + b"\r\n0\r\n\r\n")

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)

    async def client(first: int) -> None:
        wire = await gateway.connect()
        for number in range(first, first + 3):
            if number % 11 == 0:
                (await gateway.connect()).send(GET.replace(b"/ ", b"/%d " % number)).close()
            answer = await wire.send(GET.replace(b"/ ", b"/%d " % number)).message()
            assert answer.body == b"/%d" % number * (1 + number % 50)

    await asyncio.gather(*[client(10 * number) for number in range(200)])
