"""Orders over a real pair of sockets: each gets its own answer, and nobody waits for an end that is gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.fleet.local_socket import LARGEST, LENGTH, Asking, WorkerGoneError, answering
from gateway.fleet.orders import Answer, Fetch, Measure, Measures, Order, OrderDone, OrderRefused, Reopen, Rewind


@asynccontextmanager
async def pair(do: Callable[[Order], Awaitable[Answer]]) -> AsyncIterator[tuple[Asking, asyncio.StreamWriter]]:
    """Yield the end that asks, and the writer of the one that answers."""
    ours, its = socket.socketpair()
    asking = Asking(*await asyncio.open_connection(sock=ours))
    reader, writer = await asyncio.open_connection(sock=its)
    working = asyncio.create_task(answering(reader, writer, do))
    try:
        yield asking, writer
    finally:
        asking.close()
        await working
        writer.close()
        await asking.ended


async def test_each_order_gets_its_answer_in_whatever_order_they_are_done() -> None:
    turn = asyncio.Event()

    async def do(order: Order) -> Answer:
        if isinstance(order, Measure):
            await turn.wait()
            return Measures([])
        turn.set()
        return OrderDone()

    async with pair(do) as (asking, _):
        answers = await asyncio.gather(asking.ask(Measure(), 5), asking.ask(Rewind(), 5))
    assert [*answers] == [Measures([]), OrderDone()]


async def test_a_defect_is_an_answer_that_quotes_nothing_and_the_worker_goes_on() -> None:
    async def do(order: Order) -> Answer:
        done: dict[object, Answer] = {Rewind: OrderDone()}
        return done[type(order)]

    async with pair(do) as (asking, _):
        refused = await asking.ask(Reopen(), 5)
        assert isinstance(refused, OrderRefused)
        assert "KeyError at test_local_socket.py" in refused.why
        assert "Reopen" not in refused.why
        assert await asking.ask(Rewind(), 5) == OrderDone()


async def test_who_does_not_answer_in_time_or_is_gone_is_not_waited_for() -> None:
    async def do(order: Order) -> Answer:
        await asyncio.sleep(0.05 if isinstance(order, Fetch) else 0)
        return OrderDone()

    async with pair(do) as (asking, writer):
        with pytest.raises(WorkerGoneError):
            await asking.ask(Fetch(0, 1), 0.001)
        assert await asking.ask(Rewind(), 5) == OrderDone(), "a late answer is nobody's"
        waiting = asyncio.ensure_future(asking.ask(Fetch(0, 1), None))
        await asyncio.sleep(0)
        writer.transport.abort()
        with pytest.raises(WorkerGoneError):
            await waiting
        with pytest.raises(WorkerGoneError):
            await asking.ask(Rewind(), 5)


@pytest.mark.parametrize("data", [b"\xff" * 8, (LARGEST + 1).to_bytes(LENGTH, "big") + b"x", b"\x00\x00\x00\x01\xc1"])
async def test_what_is_no_message_of_ours_ends_the_connection(data: bytes) -> None:
    async def do(_: Order) -> Answer:
        return OrderDone()

    async with pair(do) as (asking, writer):
        writer.write(data)
        async with asyncio.timeout(5):
            await asking.ended
