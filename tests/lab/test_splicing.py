"""A tunnel between two real connections."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.lab.splicing import PIECE, Tunnel
from tests.harness.sockets import PATIENCE, Wire


@asynccontextmanager
async def tunnel(idle: float = PATIENCE) -> AsyncIterator[tuple[Wire, Wire, Tunnel, asyncio.Task[str]]]:
    """Yield client and host at the far ends, what lies between, and what carries it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        far = [socket.create_connection(server.getsockname()) for _ in range(2)]
        near = [server.accept()[0] for _ in range(2)]
    for wire in near:
        wire.setblocking(False)
    between = Tunnel()
    carrying = asyncio.create_task(between.carry(near[0], near[1], idle))
    wires = [Wire(*await asyncio.open_connection(sock=each)) for each in far]
    yield wires[0], wires[1], between, carrying
    for each in wires:
        each.abort()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(carrying, return_exceptions=True)


async def test_bytes_go_both_ways_and_an_end_is_passed_on_while_the_other_way_goes_on() -> None:
    async with tunnel() as (client, host, between, carrying):
        client.send(b"question")
        assert await host.exactly(8) == b"question"
        client.writer.write_eof()
        assert await host.rest() == b""
        host.send(b"a long answer").close()
        assert await client.rest() == b"a long answer"
        assert await asyncio.wait_for(carrying, PATIENCE) == "closed"
        assert (between.sent, between.received) == (8, 13)


async def test_who_does_not_read_stops_who_writes() -> None:
    async with tunnel() as (client, host, between, _):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's has it
        host.send(b"x" * (64 * 1024 * 1024))
        before = -1
        while before != between.received:
            before = between.received
            await asyncio.sleep(0.05)
        assert between.received < 32 * 1024 * 1024  # what the systems' buffers take
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        await client.exactly(64 * PIECE)


async def test_a_silent_tunnel_ends() -> None:
    async with tunnel(idle=0.05) as (client, host, _, carrying):
        assert await asyncio.wait_for(carrying, PATIENCE) == "idle"
        assert await client.gone() == await host.gone() == b""


async def test_a_reset_ends_both() -> None:
    async with tunnel() as (client, host, _, carrying):
        host.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        host.abort()
        assert await client.gone() == b""
        assert await asyncio.wait_for(carrying, PATIENCE) in {"reset", "closed"}
