"""Clients that are half-closed, slow with an upload, gone, or send many requests at once: each gets its answers, in turn."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.model import Request, Response
from gateway.wire import connections, protocol, reading
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, PATIENCE, Wire

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CLOSED_OK = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


async def half_closed(wire: Wire, request: bytes) -> bytes:
    """Send, close the sending side, and return all that comes."""
    wire.send(request)
    await wire.flush()
    wire.writer.write_eof()
    return await wire.rest()


# --- half-closed clients ---------------------------------------------------------------------------------------------

HALF_CLOSED = {
    "GET": (GET, CLOSED_OK),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", CLOSED_OK),
    "HTTP/1.0 that would go on": (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", CLOSED_OK),
    "upload": (POST + b"Content-Length: 2\r\n\r\nhi", CLOSED_OK),
    "chunked upload": (CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", CLOSED_OK),
    "pipelined": (GET * 40, OK * 39 + CLOSED_OK),
    "empty lines after it": (GET + b"\r\n\r\n", CLOSED_OK),
}


@for_each(("request_", "answer"), HALF_CLOSED.values(), ids=HALF_CLOSED)
@for_each("seconds", [0, 0.03], ids=["at once", "later"])
async def test_a_half_closed_client_gets_its_answer(lab: Lab, request_: bytes, answer: bytes, seconds: float) -> None:
    """Who is done with sending may go on reading (RFC 9112 section 9.6), however long the upstream takes; then the connection ends."""

    async def script(wire: Wire) -> None:
        while True:
            await origin.read(wire)
            if len(origin.seen) == 1:
                await asyncio.sleep(seconds)  # what is tested is that time passes
            wire.send(OK)

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)

    assert await half_closed(await gateway.connect(), request_) == answer
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == answer.count(b"200 OK"))
    assert {exchange.reply.status for exchange in gateway.witness.exchanges} == {200}


async def test_a_half_closed_client_gets_a_long_answer_whole(lab: Lab) -> None:
    """No clock runs once the answer has begun."""
    body = b"x" * (8 << 20)
    gateway = await lab.gateway(await lab.origin(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body))
    assert (await half_closed(await gateway.connect(), GET)).endswith(body)


@pytest.mark.parametrize(
    "cut", [POST + b"Content-Length: 9\r\n\r\nhalf", CHUNKED + b"4\r\nhalf\r\n", POST + b"Content-Length: 9\r\n\r\n"]
)
async def test_half_an_upload_is_told_so(lab: Lab, cut: bytes) -> None:
    """It does not look whole to the upstream, and the client reads why (RFC 9112 section 8)."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    answer = await half_closed(await gateway.connect(), cut)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"request_truncated" in answer
    assert origin.seen == []


@pytest.mark.parametrize("nothing", [b"", b"GET / HTTP/1.1\r\nHost: ga", b"\r\n"])
async def test_who_asked_nothing_is_closed(lab: Lab, nothing: bytes) -> None:
    gateway = await lab.gateway(await lab.origin())
    assert await half_closed(await gateway.connect(), nothing) == b""


async def test_a_client_that_may_have_left_is_waited_for_a_while(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A close looks like half a close; the upstream is not held until its own time-out."""
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.05)

    async def script(wire: Wire) -> None:
        await wire.head()
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    assert await half_closed(await gateway.connect(), GET) == b""
    await asyncio.wait_for(origin.closed.wait(), PATIENCE)
    await gateway.witness.until(lambda: bool(gateway.witness.exchanges))
    assert gateway.witness.exchanges[0].reply.status == 499


async def test_a_reset_is_noticed_at_once(lab: Lab) -> None:
    """Nothing is ambiguous about it."""
    asked = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        asked.set()
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)
    await asyncio.wait_for(asked.wait(), PATIENCE)
    wire.reset()
    await asyncio.wait_for(origin.closed.wait(), connections.ANSWER_SECONDS / 2)


# --- slow uploads, many requests at once -----------------------------------------------------------------------------


async def test_an_upload_that_trickles_uses_up_its_patience(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte before each silence ends would hold a connection for ever."""
    monkeypatch.setattr(reading, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(reading, "LINGER_SECONDS", 0.05)
    gateway = await lab.gateway(await lab.origin())
    wire = (await gateway.connect()).send(POST + b"Content-Length: 1000\r\n\r\n")
    for _ in range(100):
        if wire.heard:
            break
        wire.send(b"x")
        await asyncio.sleep(0.02)  # what is tested is that time passes
    answer = await wire.message()
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (400, b"request_truncated")


def connections_of(server: object) -> connections.Connections:
    return server._connections  # type: ignore[attr-defined,no-any-return]  # nothing public tells how many there are


async def test_so_many_requests_wait_behind_one_and_no_more_is_read_until_it_is_answered(lab: Lab) -> None:
    """Whoever sends a thousand at once fills the kernel's buffers and not our memory; in the end all are answered."""
    began, go = asyncio.Event(), asyncio.Event()
    sent: list[Request] = []

    async def send(request: Request) -> Response:
        sent.append(request)
        began.set()
        await go.wait()
        return Response(200, "OK", body=b"ok")

    gateway = await lab.gateway(send)
    wire = await gateway.connect()
    wire.send(GET * 1000)
    await began.wait()
    await asyncio.sleep(0.05)
    (handler,) = connections_of(gateway.server)._open
    assert isinstance(handler, protocol.AppConnection)
    assert len(sent) == 1
    assert len(handler._input.messages) < 100  # what came with one piece, and no further piece is read
    go.set()
    assert {(await wire.message()).status for _ in range(1000)} == {200}
