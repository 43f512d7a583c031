"""Bodies stream in both directions, at the pace of their reader, and arrive whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.forwarding.waiting import event
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, Wire

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"
MEGABYTE = b"x" * (1 << 20)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 8\r\n", b"%b"),
        (b"Transfer-Encoding: chunked\r\n", b"4\r\n%b\r\n"),
        (b"Connection: close\r\n", b"%b"),
    ],
    ids=["length", "chunked", "until close"],
)
async def test_an_answer_streams(lab: Lab, head: bytes, piece: bytes) -> None:
    """The first byte reaches the client before the upstream has finished."""
    first_arrived = asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + piece % b"half")
        await event(first_arrived)
        wire.send(piece % b"rest" + (b"0\r\n\r\n" if b"chunked" in head else b""))

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)

    chunked = b"chunked" in (await wire.head())
    read: Callable[[], Any] = wire.chunk if chunked else lambda: wire.exactly(4)
    assert await read() == b"half"
    first_arrived.set()
    assert await read() == b"rest"
    if chunked:
        assert await wire.chunk() == b""


async def test_events_arrive_one_by_one(lab: Lab) -> None:
    """A chunk is not held back until there are more."""
    turns: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while data := await turns.get():
            wire.send(b"%x\r\n%b\r\n" % (len(data), data))

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)
    turns.put_nowait(b"event 0")
    await wire.head()
    assert await wire.chunk() == b"event 0"
    for number in range(1, 20):
        turns.put_nowait(b"event %d" % number)
        assert await wire.chunk() == b"event %d" % number
    turns.put_nowait(b"")  # or stopping waits for the end of the answer


@pytest.mark.parametrize("chunked", [True, False])
async def test_an_upload_streams(lab: Lab, chunked: bool) -> None:
    """The upstream reads the first byte before the client has sent the last, and the length stays what it was."""
    half = asyncio.Event()

    async def script(wire: Wire) -> None:
        head = await wire.head()
        assert (b"Transfer-Encoding: chunked" in head) is chunked
        assert (b"Content-Length: 8" in head) is not chunked
        assert await (wire.chunk() if chunked else wire.exactly(4)) == b"half"
        half.set()
        assert await (wire.chunks() if chunked else wire.exactly(4)) == b"rest"
        wire.send(OK)
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = await gateway.connect()
    framing, piece = (b"Transfer-Encoding: chunked", b"4\r\n%b\r\n") if chunked else (b"Content-Length: 8", b"%b")

    wire.send(POST + framing + b"\r\n\r\n" + piece % b"half")
    await event(half)
    answer = await wire.send(piece % b"rest" + (b"0\r\n\r\n" if chunked else b"")).message()

    assert answer.body == b"ok"


async def test_large_bodies_arrive_whole(lab: Lab) -> None:
    """Megabytes each way, in pieces of whatever size."""
    answer_head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (4 * len(MEGABYTE))
    origin = await lab.origin(answer_head + 4 * MEGABYTE)
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(POST + b"Content-Length: %d\r\n\r\n" % (3 * len(MEGABYTE)), 3 * MEGABYTE)

    assert (len(answer.body), origin.seen[0].body) == (4 * len(MEGABYTE), 3 * MEGABYTE)


async def test_a_slow_reader_holds_the_upstream_back(lab: Lab) -> None:
    """The gateway's memory is not where an answer waits."""
    stuck = asyncio.Event()
    sent = 0

    async def script(wire: Wire) -> None:
        nonlocal sent
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * len(MEGABYTE)))
        for _ in range(64):
            wire.send(MEGABYTE)
            try:
                await asyncio.wait_for(wire.writer.drain(), 0.2)
            except TimeoutError:
                stuck.set()
                await wire.writer.drain()
            sent += 1

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect(limit=1 << 16)).send(GET)

    await event(stuck)
    assert sent < 40  # what the kernel's four buffers and ours hold
    await wire.head()
    assert len(await wire.exactly(64 << 20)) == 64 << 20


async def test_a_slow_upstream_holds_the_upload_back(lab: Lab) -> None:
    """Nor is it where an upload waits."""
    go_on = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await event(go_on)
        await wire.exactly(64 << 20)
        wire.send(OK)
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = (await gateway.connect()).send(POST + b"Content-Length: %d\r\n\r\n" % (64 << 20))
    sent = 0

    async def fill() -> None:
        nonlocal sent
        while True:
            wire.send(MEGABYTE)
            await asyncio.wait_for(wire.writer.drain(), 0.2)
            sent += 1

    with pytest.raises(TimeoutError):
        await fill()
    assert sent < 40
    go_on.set()
    for _ in range(63 - sent):
        wire.send(MEGABYTE)
        await wire.flush()

    assert (await wire.message()).body == b"ok"
