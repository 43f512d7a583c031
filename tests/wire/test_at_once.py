"""What waits for nothing is answered while its bytes are read, in one write; others have their turn, and what was sent meanwhile is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from gateway.core.model import Headers, Request, Response
from gateway.wire import app_input, app_output, protocol, stepping
from gateway.wire.app_ending import Site
from gateway.wire.connections import Connections, Limits
from gateway.wire.protocol import AppConnection
from gateway.wire.reading import Heads
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK
from tests.wire.test_server import Answering, Replied

REPLY = Response(200, "OK", Headers.of({"Content-Length": "2"}), b"ok")


class Client(asyncio.Transport):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.ended = False

    def get_extra_info(self, name: str, default: object = None) -> Any:
        return ("192.168.0.7", 1) if name == "peername" else default

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def outside(call: Callable[[], object]) -> None:
    """Call it where no task runs, as a loop calls a protocol."""
    done = asyncio.Event()

    def called() -> None:
        try:
            call()
        finally:
            done.set()

    asyncio.get_running_loop().call_soon(called)
    await done.wait()


def connected(handler: Answering) -> tuple[AppConnection, Client]:
    site = Site(handler, Connections(Limits(), lambda *_, **__: None), Heads())
    connection, client = AppConnection(site, asyncio.get_running_loop()), Client()
    site.connections.opened(connection)
    connection.connection_made(client)
    return connection, client


async def test_the_reply_is_written_before_the_next_thing_happens(monkeypatch: Any) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    handler = Answering(*[Replied(REPLY) for _ in range(4)])
    connection, client = connected(handler)
    for number in range(1, 5):  # the first two are parsed, the others are known
        seen: list[int] = []

        def read(seen: list[int] = seen) -> None:
            connection.data_received(GET)
            seen.append(len(client.writes))

        await outside(read)
        assert seen == [number]
    assert set(client.writes) == {OK}
    assert [received.target for received, _ in handler.asked] == ["/"] * 4
    assert {received.headers for received, _ in handler.asked} == {Headers.of({"Host": "gateway"})}


async def test_what_is_known_is_not_taken_for_what_it_ends_with(monkeypatch: Any) -> None:
    """Bytes that were a message of their own are the rest of another one where that has begun."""
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    handler = Answering(*[Replied(REPLY) for _ in range(9)])
    connection, client = connected(handler)
    for _ in range(3):
        await outside(lambda: connection.data_received(GET))
    await outside(
        lambda: connection.data_received(b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(GET))
    )
    assert len(client.writes) == 3
    await outside(lambda: connection.data_received(GET))
    for _ in range(20):
        await asyncio.sleep(0)
    assert [received.target for received, _ in handler.asked] == ["/"] * 3 + ["/upload"]
    await outside(lambda: connection.data_received(GET))
    assert [received.target for received, _ in handler.asked] == ["/"] * 3 + ["/upload", "/"]
    assert client.writes == [OK] * 5


class Prompt(Answering):
    """Has every reply at once."""

    wrong = False

    def at_once(self, *asked: Any) -> Replied:
        self.asked.append(asked)
        if self.wrong:
            raise ValueError
        return self.replies[len(self.asked) - 1]


async def test_a_reply_that_is_there_is_written_in_one_go_and_ends_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    replies = [Replied(REPLY) for _ in range(4)]
    handler = Prompt(*replies)
    connection, client = connected(handler)
    for number in range(1, 5):
        await outside(lambda: connection.data_received(GET))
        assert (len(client.writes), sum(reply.times for reply in replies)) == (number, number)
    assert set(client.writes) == {OK}
    assert not connection._busy


@for_each("why", ["long", "closing", "half closed", "not reading", "stopping", "crowded"])
async def test_a_reply_that_is_there_but_takes_more_than_a_write_is_written_as_others_are(
    why: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    body = b"x" * 2 * app_output.SHORT
    reply = Replied(replace(REPLY, headers=Headers.of({"Content-Length": str(len(body))}), body=body))
    if why != "long":
        reply = Replied(REPLY)
    handler = Prompt(reply)
    connection, client = connected(handler)
    message = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") if why == "closing" else GET
    connection._half_closed = why == "half closed"
    connection._site.stopping = why == "stopping"
    connection._site.connections.crowded = why == "crowded"
    if why == "not reading":
        connection.pause_writing()
    await outside(lambda: connection.data_received(message))
    if why == "not reading":
        assert (client.writes, reply.times) == ([OK], 0)
        connection.resume_writing()
    for _ in range(20):
        await asyncio.sleep(0)
    (written,) = client.writes
    assert written.partition(b"\r\n\r\n")[2] == reply.response.body
    assert (b"Connection: close" in written) == (why not in {"long", "not reading"})
    assert (reply.times, connection._busy) == (1, False)


async def test_a_handler_that_raises_at_once_costs_its_own_connection_alone(monkeypatch: Any) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    handler = Prompt()
    handler.wrong = True
    connection, client = connected(handler)
    await outside(lambda: connection.data_received(GET))
    assert (client.writes[0][:12], client.ended) == (b"HTTP/1.1 500", True)
    assert handler.warnings == [("defect", None)]


async def test_one_client_that_sends_many_at_once_leaves_the_others_their_turn(monkeypatch: Any) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    count = 3 * app_input.PARSED
    handler = Answering(*[Replied(REPLY) for _ in range(count)])
    connection, client = connected(handler)
    most = 0

    async def watch() -> None:
        nonlocal most
        before = 0
        while before < count:
            await asyncio.sleep(0)
            most, before = max(most, len(client.writes) - before), len(client.writes)

    watching = asyncio.create_task(watch())
    await outside(lambda: connection.data_received(GET * count))
    await asyncio.wait_for(watching, 20)
    assert client.writes == [OK] * count
    assert most <= 3 * protocol.TURN


async def test_a_handler_that_raises_costs_its_own_connection_alone(lab: Lab) -> None:
    async def send(request: Request) -> Response:
        if request.target == "/cancelled":
            raise asyncio.CancelledError
        return REPLY

    gateway = await lab.gateway(send)
    wire = await gateway.connect()
    assert await wire.send(GET.replace(b"/ ", b"/cancelled ")).gone() == b""
    assert (await gateway.ask(GET)).status == 200


async def test_a_known_head_obeys_a_smaller_limit() -> None:
    """What is remembered of a message is no way around `limits.max_head`."""

    class Shrinking(Answering):
        max_head = 4096

    handler = Shrinking(*[Replied(REPLY) for _ in range(9)])
    connection, client = connected(handler)
    message = GET.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 1000 + b"\r\n\r\n")
    for _ in range(3):
        await outside(lambda: connection.data_received(message))
        await asyncio.sleep(0.01)
    assert client.writes == [OK] * 3
    handler.max_head = 500
    await outside(lambda: connection.data_received(message))
    await asyncio.sleep(0.01)
    assert client.writes[-1].startswith(b"HTTP/1.1 431 ")


async def test_the_connection_that_ends_is_closed_by_its_client_first(lab: Lab) -> None:
    """What the client has sent meanwhile is read and dropped; a reset would take the reply away (RFC 9112 section 9.6)."""
    gateway = await lab.gateway(await lab.origin())
    wire = await gateway.connect()
    wire.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    answer = await wire.message()
    for _ in range(20):
        wire.send(b"x" * 10_000)
        await asyncio.sleep(0)
    assert (answer.body, answer.get(b"Connection"), await wire.rest()) == (b"ok", b"close", b"")
