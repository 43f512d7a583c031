"""A reply to a message whose body nobody reads: a short body may still come, a body that does not come costs the connection."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.wire import reading, replying, stepping
from tests.harness.sockets import GET, OK
from tests.wire.test_at_once import REPLY, connected, outside
from tests.wire.test_server import Answering, Replied


async def test_a_short_body_that_nobody_reads_may_come_behind_its_head(monkeypatch: Any) -> None:
    """Python's http.client sends it in a packet of its own; the reply waits for it a moment, and the connection goes on."""
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    handler = Answering(*[Replied(REPLY) for _ in range(3)])
    connection, client = connected(handler)
    await outside(lambda: connection.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"))
    assert client.writes == []
    await outside(lambda: connection.data_received(b"body"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert client.writes == [OK]
    await outside(lambda: connection.data_received(GET))
    assert (client.writes, [received.method for received, _ in handler.asked]) == ([OK, OK], ["POST", "GET"])


async def test_a_body_that_does_not_come_costs_its_own_connection(monkeypatch: Any) -> None:
    monkeypatch.setattr(replying, "BODY_SECONDS", 0.02)
    monkeypatch.setattr(reading, "LINGER_SECONDS", 0.02)
    handler = Answering(Replied(REPLY))
    connection, client = connected(handler)
    await outside(lambda: connection.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"))
    async with asyncio.timeout(20):
        while not client.ended:  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0.01)  # what is tested is that time passes
    assert client.writes == [OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")]
