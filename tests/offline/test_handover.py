"""One server, and the exchanges of one test after another's behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from gateway.core.headers import ForwardedFor
from gateway.core.model import Headers, Request, Response, Send
from gateway.core.routing import Routing
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.observers import Observers
from gateway.offline.handover import Handover
from gateway.wire.server import Server
from tests.harness.lab import Witness
from tests.harness.sockets import GET, PATIENCE, Wire, settle


def saying(text: str, wait: asyncio.Event | None = None, begun: asyncio.Event | None = None) -> Exchanges:
    """Return exchanges whose every answer is this text, once what they wait for has happened."""

    async def send(_: Request) -> Response:
        if begun is not None:
            begun.set()
        if wait is not None:
            await wait.wait()
        return Response(200, "OK", Headers.of({"Content-Length": str(len(text))}), text.encode(), "cassette")

    return exchanges_over(send)


def exchanges_over(send: Send) -> Exchanges:
    return Exchanges(send, routing=Routing("lab"), forwarded=ForwardedFor(), observers=Observers([Witness()]))


@pytest.fixture
def handover() -> Handover:
    return Handover()


@pytest.fixture
async def server(handover: Handover) -> AsyncIterator[Server]:
    server = Server(handover)
    yield server
    await server.stop(grace=0)


async def connect(port: int) -> Wire:
    return Wire(*await asyncio.open_connection("127.0.0.1", port))


async def body(wire: Wire) -> bytes:
    return (await wire.send(GET).message()).body


async def test_a_connection_outlives_the_exchanges_that_it_began_with(server: Server, handover: Handover) -> None:
    """A client's pool is of use from one test to the next."""
    wire = await connect(await server.start("127.0.0.1", 0))
    for text in ("one", "two"):
        handover.hand_to(saying(text))
        assert await body(wire) == text.encode()
    wire.close()


async def test_what_is_in_flight_stays_with_the_exchanges_before(server: Server, handover: Handover) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    first = saying("first", go, begun)
    handover.hand_to(first)
    port = await server.start("127.0.0.1", 0)
    early, late = await connect(port), await connect(port)
    early.send(GET)
    await asyncio.wait_for(begun.wait(), PATIENCE)
    handover.hand_to(saying("second"))

    assert await body(late) == b"second"
    go.set()
    assert (await early.message()).body == b"first"
    await first.finish(PATIENCE)
    assert first.in_flight == set()
    early.close()
    late.close()


@pytest.mark.parametrize("from_another_thread", [False, True])
async def test_who_asks_while_there_are_no_exchanges_waits_for_the_next(
    server: Server, handover: Handover, *, from_another_thread: bool
) -> None:
    """Several of them, and again after another pause."""
    port = await server.start("127.0.0.1", 0)
    wires = [await connect(port), await connect(port)]
    for text in ("one", "two"):
        waiting = [asyncio.ensure_future(body(wire)) for wire in wires]
        await asyncio.sleep(0.02)
        assert not any(asked.done() for asked in waiting)
        if from_another_thread:
            await asyncio.to_thread(handover.hand_to, saying(text))
        else:
            handover.hand_to(saying(text))
        assert await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE) == [text.encode()] * 2
        handover.hand_to(None)
    for wire in wires:
        wire.close()


async def test_who_waited_is_told_of_unless_the_same_observer_goes_on(server: Server, handover: Handover) -> None:
    """A test that rewinds has another gateway, and is the same test."""
    port = await server.start("127.0.0.1", 0)
    before, after, other = saying("before"), saying("after"), saying("other")
    after.observers = before.observers
    told = []
    for exchanges in (before, after, other):
        wire = await connect(port)
        waiting = asyncio.ensure_future(body(wire))
        await asyncio.sleep(0.02)
        handover.hand_to(exchanges)
        await asyncio.wait_for(waiting, PATIENCE)
        handover.hand_to(None)
        wire.close()
        (witness,) = exchanges.observers._observers
        assert isinstance(witness, Witness)
        told.append([warning["event"] for warning in witness.warnings])
    event = "asked while no test had the gateway"
    assert told == [[event], [event], [event]]  # the second is the first one's, which has not heard of it again


async def test_handing_over_in_a_hurry_loses_nobody(server: Server, handover: Handover) -> None:
    """A thread that hands over and takes away again and again, while clients ask."""
    port = await server.start("127.0.0.1", 0)
    stop = threading.Event()

    def hand() -> None:
        while not stop.is_set():
            handover.hand_to(None)
            handover.hand_to(saying("here"))

    hurry = threading.Thread(target=hand)
    hurry.start()
    try:
        for _ in range(20):
            wires = [await connect(port) for _ in range(5)]
            answers = await asyncio.wait_for(asyncio.gather(*map(body, wires)), PATIENCE)
            assert answers == [b"here"] * 5
            for wire in wires:
                wire.close()
    finally:
        stop.set()
        hurry.join()


async def test_a_server_without_exchanges_stops(server: Server) -> None:
    wire = await connect(await server.start("127.0.0.1", 0))
    wire.send(GET)
    await settle()
    await asyncio.wait_for(server.stop(grace=0.05), PATIENCE)
    assert await wire.rest() == b""
    wire.close()


async def test_who_asks_while_nobody_will_ever_hand_over_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fixture for a whole module that asks before any test has the gateway would wait for itself."""
    monkeypatch.setattr("gateway.offline.handover.PAUSE_SECONDS", 0.05)
    wire = await connect(await server.start("127.0.0.1", 0))
    answer = await wire.send(GET).message()
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (503, b"gateway_idle")
    wire.close()
