"""Several that accept on one socket share what comes; nobody waits for one that is not there."""

from __future__ import annotations

import asyncio

from gateway.fleet.taking_turns import MOMENT, AllTurns, OwnTurns
from gateway.wire.accepting import Terms, bound_sockets
from gateway.wire.server import Server
from tests.harness.lab import Lab


def test_the_one_with_the_fewest_goes_first() -> None:
    turns = AllTurns(3)
    one, other = OwnTurns(turns.descriptor, 1), OwnTurns(turns.descriptor, 2)
    assert (one.wait(0), other.wait(0)) == (0.0, 0.0)
    assert one.wait(1) == MOMENT, "the other one has none"
    assert other.wait(1) == 0.0
    assert one.wait(1) == 0.0, "the third one is not there"
    turns.left(2)
    assert one.wait(9) == 0.0
    assert OwnTurns(turns.descriptor, 2).wait(1) == 0.0, "whoever comes in its place begins with none"


async def test_connections_that_come_at_once_are_shared(lab: Lab) -> None:
    """Two servers on the same socket have eight connections: four each."""
    turns = AllTurns(2)
    listening = await bound_sockets("127.0.0.1", 0)
    port = listening[0].getsockname()[1]
    origin = await lab.origin()
    handlers = [(await lab.gateway(origin)).server._handler for _ in range(2)]  # whoever answers
    servers = [Server(handler) for handler in handlers]
    for number, server in enumerate(servers, start=1):
        server.listen([each.dup() for each in listening], Terms(), turns=OwnTurns(turns.descriptor, number))
    wires = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(8)))
    async with asyncio.timeout(5):
        while sum(server.connections for server in servers) < 8:  # noqa: ASYNC110  # accepted in turns
            await asyncio.sleep(MOMENT)
    assert [server.connections for server in servers] == [4, 4]
    for _, writer in wires:
        writer.close()
        await writer.wait_closed()
    for server in servers:
        await server.stop(0)
    for each in listening:
        each.close()
