"""A message that is broken off looks broken to its receiver; an answer may come before the end of its request."""

from __future__ import annotations

import asyncio

import pytest

from tests.forwarding.waiting import event
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, Wire, settle

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"


@pytest.mark.parametrize("length", [2, 0])
async def test_an_early_answer_to_an_upload_is_passed_on(lab: Lab, length: int) -> None:
    """The app need not have finished; both connections end, since half a request is on them."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: %d\r\n\r\n" % length + b"no"[:length])
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(POST + b"Content-Length: 1000\r\n\r\nfirst")

    answer = await wire.message()

    assert (answer.status, answer.body, answer.get(b"Connection")) == (413, b"no"[:length], b"close")
    await event(origin.closed)


async def test_an_answer_while_the_upload_goes_on(lab: Lab) -> None:
    """Both directions flow at the same time."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while piece := await wire.chunk():
            wire.send(b"%x\r\n%b\r\n" % (len(piece), piece.upper()))
        wire.send(b"0\r\n\r\n")
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = (await gateway.connect()).send(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
    await wire.head()
    assert await wire.chunk() == b"A"
    wire.send(b"1\r\nb\r\n")
    assert await wire.chunk() == b"B"
    wire.send(b"0\r\n\r\n")
    assert await wire.chunk() == b""


@for_each(
    "cut",
    [
        b"Content-Length: 9\r\n\r\nhalf",
        b"Content-Length: 9\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
    ],
)
@for_each("reset", [True, False])
@for_each("version", [b"1.1", b"1.0"])
async def test_a_broken_answer_looks_broken(lab: Lab, cut: bytes, reset: bool, version: bytes) -> None:
    """The client sees the truncation: its connection ends before the body does, by a reset."""

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        head, end, rest = (b"HTTP/1.1 200 OK\r\n" + cut).partition(b"\r\n\r\n")
        wire.send(head + end + rest[:3])
        await settle()
        wire.send(rest[3:])
        await settle()
        if reset:
            wire.abort()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(b"GET / HTTP/" + version + b"\r\nHost: gateway\r\n\r\n")

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await wire.message()


async def test_an_answer_that_falls_silent_is_broken_off(lab: Lab) -> None:
    """The longest silence between two pieces is the upstream's read timeout."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin, read_seconds=0.05)
    wire = (await gateway.connect()).send(GET)

    await wire.head()
    assert await wire.gone() == b"half"
    await event(origin.closed)


async def test_a_reset_is_no_end_of_an_answer_without_length(lab: Lab) -> None:
    """An answer that ends with its connection ends with a close; a reset cut it off (RFC 9112 section 8)."""

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await settle()
        wire.reset()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await wire.message()


async def test_a_client_that_breaks_its_upload_off_breaks_ours_off(lab: Lab) -> None:
    """Half a request does not look whole to the upstream."""
    half = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await wire.exactly(4)
        half.set()
        assert await wire.gone() == b""

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(POST + b"Content-Length: 9\r\n\r\nhalf")
    await event(half)

    wire.abort()

    await event(origin.closed)
