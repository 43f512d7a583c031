"""The socket between a supervisor and one worker. Each message begins with its length, and an answer has the number of its order.

Facts
-----
* A message has a size limit. If a message is larger, the connection is closed, and the worker ends.
* The supervisor waits for an answer with a time limit. A worker never waits for the supervisor. So neither of them delays an exchange.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from msgspec import DecodeError
from msgspec.msgpack import Decoder, Encoder

from gateway.core.tracebacks import place_of
from gateway.fleet.orders import Answer, Order, OrderAnswered, OrderGiven, OrderRefused

LENGTH = 4
LARGEST = 64 << 20
"""Largest message in bytes. An exchange with all its legs and bodies is much smaller."""
READ_AHEAD = 1 << 18
_ENCODER = Encoder()
_ASKED = Decoder(OrderGiven)
_TOLD = Decoder(OrderAnswered)


class WorkerGoneError(Exception):
    """The other end is closed, or does not answer in time."""


class Asking:
    """The supervisor's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self.ended = asyncio.ensure_future(self._listen())
        """Done when the other end is closed."""

    async def ask(self, order: Order, seconds: float | None) -> Answer:
        """Give an order, and return its answer. WorkerGoneError if no answer comes within `seconds`."""
        if self.ended.done():
            raise WorkerGoneError
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(_framed(_ENCODER.encode(OrderGiven(number, order))))
            async with asyncio.timeout(seconds):
                return await answer
        except (OSError, TimeoutError) as error:
            raise WorkerGoneError from error
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        """Close this end. The worker then finishes its exchanges, and ends."""
        self._writer.transport.abort()

    async def _listen(self) -> None:
        try:
            while (data := await _read(self._reader)) is not None:
                told = _TOLD.decode(data)
                answer = self._waiting.get(told.number)
                if answer is not None and not answer.done():
                    answer.set_result(told.answer)
        except (OSError, DecodeError):
            pass
        finally:
            self._writer.transport.abort()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(WorkerGoneError())


async def answering(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, do: Callable[[Order], Awaitable[Answer]]
) -> None:
    """Execute orders until the other end is closed, each in its own task. If `do` raises an error, the error is the answer."""
    tasks: set[asyncio.Task[None]] = set()

    async def one(asked: OrderGiven) -> None:
        try:
            answer = await do(asked.order)
        except Exception as error:  # noqa: BLE001  # the supervisor hears of it, and this process goes on
            answer = OrderRefused(f"a defect in the gateway: {type(error).__name__} at {place_of(error)}")
        if not writer.transport.is_closing():
            writer.write(_framed(_ENCODER.encode(OrderAnswered(asked.number, answer))))

    try:
        while (data := await _read(reader)) is not None:
            task = asyncio.ensure_future(one(_ASKED.decode(data)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    except (OSError, DecodeError):
        pass


async def _read(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next message. None at the end, or if the message is too long."""
    try:
        size = int.from_bytes(await reader.readexactly(LENGTH), "big")
        return await reader.readexactly(size) if size <= LARGEST else None
    except asyncio.IncompleteReadError:
        return None


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(LENGTH, "big") + data
