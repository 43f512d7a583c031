"""A wait on purpose lasts as long as it should, and ends when the gateway stops."""

from __future__ import annotations

import asyncio
from time import monotonic

from gateway.transports.waits import Waits
from tests.harness.lab import Lab
from tests.harness.sockets import settle


async def test_a_wait_lasts_so_long() -> None:
    began = monotonic()
    await Waits().wait(0.02)
    assert monotonic() - began >= 0.02


async def test_the_waits_that_have_begun_end_and_later_ones_do_not() -> None:
    waits = Waits()
    waiting = [asyncio.create_task(waits.wait(60)) for _ in range(2)]
    await settle()
    waits.end()
    await asyncio.gather(*waiting)
    later = asyncio.create_task(waits.wait(60))
    await settle()
    assert not later.done()
    later.cancel()


async def test_a_gateway_that_stops_does_not_wait_for_a_delay(lab: Lab) -> None:
    """An app that tests its time limit has left long before."""
    gateway = await lab.run("passthrough", faults=[{"delay": 60}])
    wire = await gateway.connect()
    wire.send(b"GET /api/v2/REF30/configuration HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(5):
        while not gateway.serving.gateway.exchanges.in_flight:
            await settle()
        wire.close()
        await gateway.stop()
