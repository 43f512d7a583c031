"""A server that stops finishes the messages in flight, within its bound."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.forwarding.waiting import event
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, PATIENCE, Origin, Script, Wire, settle

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"


async def in_flight(lab: Lab, script: Script, request: bytes) -> tuple[Any, Wire, Origin]:
    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    return gateway, (await gateway.connect()).send(request), origin


async def test_stopping_finishes_answers_in_flight(lab: Lab) -> None:
    """What was asked before the end is answered whole; nothing new is accepted."""
    asked, finish = asyncio.Event(), asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        asked.set()
        await event(finish)
        wire.send(b"rest")
        await wire.gone()

    gateway, wire, _ = await in_flight(lab, script, GET)
    idle = await gateway.connect()
    await event(asked)
    stopping = asyncio.create_task(gateway.server.stop(grace=PATIENCE))
    await settle()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await gateway.connect()
    assert not stopping.done()
    finish.set()

    assert (await wire.message()).body == b"halfrest"
    await asyncio.wait_for(stopping, PATIENCE)
    assert (await wire.gone(), await idle.gone()) == (b"", b"")


async def test_stopping_finishes_uploads_in_flight(lab: Lab) -> None:
    """The rest of an upload is still read, and its reply says that the connection ends."""
    half = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await wire.exactly(4)
        half.set()
        assert await wire.exactly(4) == b"rest"
        wire.send(OK)
        await wire.gone()

    gateway, wire, _ = await in_flight(lab, script, POST + b"Content-Length: 8\r\n\r\nhalf")
    await event(half)
    stopping = asyncio.create_task(gateway.server.stop(grace=PATIENCE))
    await settle()
    answer = await wire.send(b"rest").message()

    assert (answer.body, answer.get(b"Connection")) == (b"ok", b"close")
    await asyncio.wait_for(stopping, PATIENCE)


async def test_stopping_is_bounded(lab: Lab) -> None:
    """What does not finish within the grace is broken off, at both ends."""
    asked = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        asked.set()
        await wire.gone()

    gateway, wire, origin = await in_flight(lab, script, GET)
    await event(asked)

    await asyncio.wait_for(gateway.server.stop(grace=0.05), PATIENCE)

    assert await wire.gone() == b""
    await event(origin.closed)
