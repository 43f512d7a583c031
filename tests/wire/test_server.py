"""A server before whatever answers: here nothing that knows of exchanges, only a request, a peer and a reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.core.memo import Keepsake
from gateway.core.model import BodyTruncatedError, Headers, Peer, Request, Response
from gateway.wire.server import Server
from tests.harness.sockets import GET, PATIENCE, Wire, settle

OK = Response(200, "OK", Headers.of({"Content-Length": "2"}), b"ok")


class Replied:
    """A reply that counts how often it was said to have ended."""

    def __init__(self, response: Response, *, last: bool = False) -> None:
        self.response = response
        self.last = last
        self.times = 0
        self.over = asyncio.Event()
        self.kept: Keepsake | None = None

    def end(self) -> None:
        self.times += 1
        self.over.set()

    async def ended(self) -> None:
        self.end()


class Answering:
    """A handler in a few lines."""

    max_head = 4096

    def __init__(self, *replies: Replied, before: Callable[[], Awaitable[object]] | None = None) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[Request, Peer]] = []
        self.warnings: list[tuple[str, object]] = []
        self.grace: float | None = None
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        self._before = before

    def at_once(self, *_: object) -> Replied | None:
        return None

    async def answer(self, received: Request, peer: Peer) -> Replied:
        self.asked.append((received, peer))
        self.begun.set()
        try:
            if self._before is not None:
                await self._before()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return self.replies[len(self.asked) - 1]

    def warn(self, event: str, **about: object) -> None:
        self.warnings.append((event, about.get("code")))

    async def finish(self, grace: float) -> None:
        self.grace = grace


@pytest.fixture
async def start() -> AsyncIterator[Callable[[Answering], Awaitable[tuple[Server, Wire]]]]:
    servers: list[Server] = []
    wires: list[Wire] = []

    async def started(handler: Answering) -> tuple[Server, Wire]:
        server = Server(handler)
        servers.append(server)
        port = await server.start("127.0.0.1", 0)
        wires.append(Wire(*await asyncio.open_connection("127.0.0.1", port)))
        return server, wires[-1]

    yield started
    for wire in wires:
        wire.abort()
    for server in servers:
        await server.stop(grace=0)


Start = Callable[[Answering], Awaitable[tuple[Server, Wire]]]


async def test_a_reply_ends_once_and_after_its_last_byte(start: Start) -> None:
    first, second = Replied(OK), Replied(OK, last=True)
    handler = Answering(first, second)
    _, wire = await start(handler)
    for reply in (first, second):
        assert (await wire.send(GET).message()).body == b"ok"
        await asyncio.wait_for(reply.over.wait(), PATIENCE)
    assert [(received.target, peer) for received, peer in handler.asked] == [("/", Peer("127.0.0.1"))] * 2
    assert (first.times, second.times) == (1, 1)
    assert await wire.rest() == b""  # the second one said that it is the last


async def test_a_reply_ends_when_its_client_leaves_in_the_middle(start: Start) -> None:
    begun = asyncio.Event()

    class Endless:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                begun.set()
                yield b"x" * 65536

        async def aclose(self) -> None:
            raise AssertionError

    reply = Replied(Response(200, "OK", body=Endless()))
    _, wire = await start(Answering(reply))
    wire.send(GET)
    await asyncio.wait_for(begun.wait(), PATIENCE)
    wire.reset()
    await asyncio.wait_for(reply.over.wait(), PATIENCE)
    assert reply.times == 1


async def test_a_reply_ends_when_its_body_breaks_off(start: Start) -> None:
    class Half:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"half"
            raise BodyTruncatedError

        async def aclose(self) -> None:
            raise AssertionError

    reply = Replied(Response(200, "OK", body=Half()))
    _, wire = await start(Answering(reply))
    assert (await wire.send(GET).gone()).endswith(b"4\r\nhalf\r\n")
    assert reply.times == 1


async def test_a_client_that_leaves_before_is_a_cancellation(start: Start) -> None:
    reply = Replied(OK)
    handler = Answering(reply, before=asyncio.Event().wait)
    _, wire = await start(handler)
    wire.send(GET)
    await asyncio.wait_for(handler.begun.wait(), PATIENCE)
    wire.reset()
    await asyncio.wait_for(handler.cancelled.wait(), PATIENCE)
    await settle()
    assert reply.times == 0


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405, "connect_refused"),
        (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "invalid_host"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417, "expectation_failed"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 2500 + b"\r\nB: " + b"b" * 2500 + b"\r\n\r\n",
            431,
            "head_too_large",
        ),
    ],
)
async def test_what_is_refused_is_asked_of_nobody(start: Start, message: bytes, status: int, code: str) -> None:
    handler = Answering()
    _, wire = await start(handler)
    answer = await wire.send(message).message()
    assert (answer.status, answer.get(b"X-Gateway-Error"), await wire.rest()) == (status, code.encode(), b"")
    assert (handler.asked, handler.warnings) == ([], [("refused", code)])


async def test_what_is_on_its_way_when_the_server_stops_ends_its_connection(start: Start) -> None:
    go = asyncio.Event()
    handler = Answering(Replied(OK), before=go.wait)
    server, wire = await start(handler)
    wire.send(GET)
    await asyncio.wait_for(handler.begun.wait(), PATIENCE)
    finished = handler.finish

    async def finish(grace: float) -> None:
        await finished(grace)
        go.set()
        await handler.replies[0].over.wait()

    handler.finish = finish  # type: ignore[method-assign]  # it waits for what is in flight, as exchanges do
    stopping = asyncio.create_task(server.stop(grace=PATIENCE))
    answer = await wire.message()
    assert (answer.body, answer.get(b"Connection"), handler.grace) == (b"ok", b"close", PATIENCE)
    await asyncio.wait_for(stopping, PATIENCE)
