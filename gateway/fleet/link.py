"""The connection to Redis. All steps of one turn of the event loop are one pipeline, and one pipeline is in flight at a time.

Facts
-----
* A step that comes while a pipeline is in flight goes out with the next pipeline. So order is kept, and under load each step
  costs less.
* An exchange waits at most `fleet.timeout` for all its steps together. `Began` notes when the exchange begins. If Redis is late, the caller
  decides the step itself.
* If a pipeline takes longer, or Redis refuses it, this is an outage. The gateway then gives up the connection: nobody knows which
  command its next bytes answer. It tries to connect until it has joined again.
* No command is repeated, since Redis may have executed it already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from hiredis import pack_command
from msgspec import Struct
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from gateway.fleet.address import CONNECTING, KeptOutError, RedisAddress, client_of, said_of
from gateway.fleet.outage import Outage, OutageError
from gateway.fleet.patience import SPENT, Patience
from gateway.fleet.scripts import SCRIPTS, Script

Part: TypeAlias = bytes | str | int | float

PAUSE = (0.05, 1.0)
"""Pause between two tries to connect, in seconds: the first one, and the longest one."""
WAITING = 20_000
"""Largest number of steps that wait for a pipeline."""

LATE = "the exchange has waited long enough"


class LinkStep(Struct):
    """One command, and the future of the caller that waits for its answer."""

    command: tuple[Part, ...]
    answer: asyncio.Future[Any] | None
    """None: nobody waits for the answer."""


class Link:
    """The connection of one gateway, for all its steps except the blocking reads of streams."""

    def __init__(self, where: RedisAddress, timeout: float, outage: Outage) -> None:
        """`timeout`: the longest time that an exchange waits, in seconds."""
        self.timeout = timeout
        self.outage = outage
        self.loop = asyncio.get_running_loop()
        self.client = client_of(where)
        self.joined: Callable[[], Awaitable[None]] = _nothing
        """Awaited on each new connection, before its first step. Raises KeptOutError if the fleet refuses this gateway."""
        self.pipelines = 0
        self.steps = 0
        self._connection: AbstractConnection | None = None
        self._waiting: list[LinkStep] = []
        self._pumping: asyncio.Task[None] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._closed = False
        self._ready = False
        """Whether steps may use the connection: it is open, and the gateway has joined."""

    async def start(self) -> None:
        """Connect and join. If Redis does not answer, try again in the background."""
        try:
            async with asyncio.timeout(CONNECTING):
                await self._connect()
        except (OSError, RedisError, TimeoutError) as error:
            self._fail(error)

    async def aclose(self) -> None:
        """Send the waiting steps, and close."""
        if self._pumping is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.timeout):
                    await asyncio.shield(self._pumping)
        self._closed = True
        for task in (self._pumping, self._connecting):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._disconnect()
        await self.client.aclose()

    async def ask(self, script: Script, keys: Sequence[Part], args: Sequence[Part]) -> Any:
        """Return the answer of a script. OutageError if it comes later than the exchange may wait."""
        return await self.do(command_of(script, keys, args))

    async def do(self, command: tuple[Part, ...], within: float | None = None) -> Any:
        """Return the answer of a command; OutageError as in `ask`. `within`: seconds to wait for a command that belongs to no exchange."""
        if not self._ready:
            raise OutageError(self.outage.why or "not joined")
        spent = SPENT.get(None) if within is None else None
        left = within if within is not None else self.timeout - (spent[0] if spent is not None else 0.0)
        if left <= 0 or len(self._waiting) >= WAITING:
            raise OutageError(LATE)
        answer: asyncio.Future[Any] = self.loop.create_future()
        late = Patience(self.loop, left, lambda: _give_up(answer))
        self._add(LinkStep(command, answer))
        asked = self.loop.time()
        try:
            return await answer
        finally:
            late.cancel()
            if spent is not None:
                spent[0] += self.loop.time() - asked

    def tell(self, script: Script, keys: Sequence[Part], args: Sequence[Part]) -> asyncio.Future[Any] | None:
        """Run a script, and return a future of its answer, which need not be awaited and may never come. None if Redis does not answer."""
        if not self._ready or len(self._waiting) >= WAITING:
            return None
        answer: asyncio.Future[Any] = self.loop.create_future()
        answer.add_done_callback(_heard)
        self._add(LinkStep(command_of(script, keys, args), answer))
        return answer

    def send(self, *command: Part) -> bool:
        """Run a command, and ignore its answer. False if Redis does not answer."""
        if not self._ready or len(self._waiting) >= WAITING:
            return False
        self._add(LinkStep(command, None))
        return True

    async def now(self, script: Script, keys: Sequence[Part], args: Sequence[Part]) -> Any:
        """Return the answer of a script while the gateway joins. This script runs before all waiting steps."""
        assert self._connection is not None  # noqa: S101  # it is there while somebody joins
        await self._connection.send_command(*command_of(script, keys, args))
        return await self._connection.read_response(disable_decoding=True)

    def leave(self, error: KeptOutError) -> None:
        """Give up the connection, and join again."""
        self._fail(error)

    def _add(self, step: LinkStep) -> None:
        self._waiting.append(step)
        if self._pumping is None:
            self._pumping = self.loop.create_task(self._pump())

    async def _pump(self) -> None:
        """Send the waiting steps, one pipeline after the other.

        This task begins in the next turn of the loop, when all steps of this turn have been added.
        """
        batch: list[LinkStep] = []
        late: Patience | None = None
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                connection = self._connection
                if connection is None:
                    raise ConnectionError
                async with asyncio.timeout(None) as limit:
                    late = Patience(self.loop, self.timeout, partial(_end_now, limit, self.loop))
                    packed = b"".join([pack_command(step.command) for step in batch])  # type: ignore[arg-type]  # its stub says a tuple of one
                    await connection.send_packed_command(packed, check_health=False)
                    for step in batch:
                        answer = await connection.read_response(disable_decoding=True)
                        if step.answer is not None and not step.answer.done():
                            step.answer.set_result(answer)
                    late.cancel()
                self.pipelines += 1
                self.steps += len(batch)
        except (OSError, RedisError, TimeoutError) as error:
            self._fail(error)
            waiting, self._waiting = [*batch, *self._waiting], []
            for step in waiting:
                if step.answer is not None and not step.answer.done():
                    step.answer.set_exception(OutageError(self.outage.why))
        finally:
            self._pumping = None
            if late is not None:
                late.cancel()

    def _fail(self, error: Exception) -> None:
        """Note an outage, and try to connect again."""
        self._ready = False
        self.outage.begin(said_of(error))
        if self._connecting is None and not self._closed:
            self._connecting = self.loop.create_task(self._connect_again())

    async def _connect_again(self) -> None:
        pause, most = PAUSE
        try:
            while not self._closed:
                try:
                    async with asyncio.timeout(CONNECTING):
                        await self._connect()
                except (OSError, RedisError, TimeoutError, KeptOutError) as error:
                    self.outage.begin(said_of(error))
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, most)
                else:
                    return
        finally:
            self._connecting = None

    async def _connect(self) -> None:
        await self._disconnect()
        connection: AbstractConnection = await self.client.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        self._connection = connection
        for script in SCRIPTS:
            await connection.send_command("SCRIPT", "LOAD", script.text)
        for _ in SCRIPTS:
            await connection.read_response(disable_decoding=True)
        await self.joined()
        self._ready = True
        self.outage.end()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, RedisError):
                await connection.disconnect(nowait=True)
            await self.client.connection_pool.release(connection)


def command_of(script: Script, keys: Sequence[Part], args: Sequence[Part]) -> tuple[Part, ...]:
    """Return a script as a command."""
    return ("EVALSHA", script.digest, len(keys), *keys, *args)


def _end_now(limit: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
    limit.reschedule(loop.time())


def _give_up(answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_exception(OutageError(LATE))


def _heard(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()  # asyncio reports an error that nobody has looked at


async def _nothing() -> None:
    pass
