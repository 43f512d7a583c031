"""Appends interactions, as `format.dump` makes them, off the event loop; what arrives while a write is on its way goes out with the next one.

Facts
-----
* Each appender has a thread of its own, from its first block on: to hand a write to an executor, and to hear of it by a future, takes
  longer than the write. The thread ends with the appender. It does not hold up the end of the process: the system finishes a write that
  has begun, and what still waits then was told to nobody.
* To hand a write to the thread and to hear of it takes as long as ten blocks: the loop and the thread take the interpreter from one another
  at each call of the system. So a write waits for two more turns of the loop. Where one client waits, they take ten microseconds. Where
  eight or more do, a write has about a quarter more blocks, and a recorded request costs a twentieth less, or more.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TURNS = 2
"""Turns of the loop that a write waits for more blocks, after the one in which it could begin."""


class Entry(Protocol):
    """A block, and who hears of it."""

    block: bytes

    def written(self, error: BaseException | None) -> None:
        """Hear that the block is in the file: None; or what the writer raised."""


Job: TypeAlias = (
    "tuple[Sequence[Entry], Callable[[Sequence[Entry], BaseException | None], None], asyncio.AbstractEventLoop]"
)
"""What is written with one write, and what is called on the loop then."""


class Appender:
    """A tape over a writer: one write at a time, in a thread, so that a slow disk delays recordings and nothing else."""

    def __init__(self, write: Callable[[Sequence[bytes]], None]) -> None:
        self._write = write
        self._waiting: list[Entry] = []
        self._writes = False
        self._jobs: SimpleQueue[Job | None] | None = None
        """What the thread does next; None is its end, and without a queue there is no thread."""

    def __del__(self) -> None:
        if self._jobs is not None:
            self._jobs.put(None)

    def put(self, entry: Entry) -> None:
        """Write the block of an interaction, and call the entry's `written` on the loop then."""
        self._waiting.append(entry)
        if not self._writes:
            self._writes = True
            asyncio.get_running_loop().call_soon(self._write_after, TURNS)

    def take_back(self, entry: Entry) -> None:
        """Do not write what still waits for an earlier write, and call nobody for it."""
        with suppress(ValueError):  # it is being written
            self._waiting.remove(entry)

    async def add(self, block: bytes) -> None:
        """Return when the block of an interaction is in the file; raise what the writer raised for the write it was part of.

        Whoever is cancelled while its block waits for an earlier write does not write it.
        """
        entry = _Awaited(block)
        self.put(entry)
        try:
            await entry.end
        except asyncio.CancelledError:
            self.take_back(entry)
            raise

    def _write_after(self, turns: int) -> None:
        """Write what has come when so many turns of the loop are over."""
        if turns:
            asyncio.get_running_loop().call_soon(self._write_after, turns - 1)
        else:
            self._write_next()

    def _write_next(self) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            self._writes = False
            return
        if self._jobs is None:
            jobs: SimpleQueue[Job | None] = SimpleQueue()
            try:
                Thread(target=_work, args=(self._write, jobs), name="pass-gateway-appends", daemon=True).start()
            except RuntimeError as error:  # the system has no thread left
                self._writes = False
                _tell_all(batch, error)
                return
            self._jobs = jobs
        self._jobs.put((batch, self._written, asyncio.get_running_loop()))

    def _written(self, batch: Sequence[Entry], error: BaseException | None) -> None:
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._write_after, TURNS)
        else:
            self._writes = False
        _tell_all(batch, error)


def _work(write: Callable[[Sequence[bytes]], None], jobs: SimpleQueue[Job | None]) -> None:
    """Do one job after another, in a thread."""
    while (job := jobs.get()) is not None:
        batch, written, loop = job
        error: BaseException | None = None
        try:
            write([entry.block for entry in batch])
        except BaseException as raised:  # noqa: BLE001  # who waits for it is told
            error = raised
        with suppress(RuntimeError):  # the loop has ended, and everybody who waited with it
            loop.call_soon_threadsafe(written, batch, error)
        del job, batch, written, loop, error  # else the appender would live until the next one


def _tell_all(batch: Sequence[Entry], error: BaseException | None) -> None:
    for entry in batch:
        entry.written(error)


class _Awaited:
    """An entry that a coroutine waits for."""

    def __init__(self, block: bytes) -> None:
        self.block = block
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def written(self, error: BaseException | None) -> None:
        """Let the coroutine go on, unless it was cancelled."""
        if self.end.done():
            return
        if error is None:
            self.end.set_result(None)
        else:
            self.end.set_exception(error)
