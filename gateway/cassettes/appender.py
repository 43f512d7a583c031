"""Appends interactions, as `format.dump` makes them, off the event loop; what arrives while a write is on its way goes out with the next one.

Facts
-----
* Each appender has a thread of its own, from its first block on: to hand a write to an executor, and to hear of it by a future, takes
  longer than the write. The thread ends with the appender. It does not hold up the end of the process: the system finishes a write that
  has begun, and what still waits then was told to nobody.
* While the disk is quick, the loop waits for a write, at most for `MOMENT`: two threads that run at once take the interpreter from one
  another at each call of the system, and that took more time than all that a recording needs besides. A disk that was slow once is not
  waited for until it is quick again.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Entry: TypeAlias = "tuple[bytes, Callable[[BaseException | None], None]]"
"""A block, and who hears that it is in the file, or why it is not."""

MOMENT = 0.002
"""Seconds that the loop waits for a write."""


class Batch:
    """What is written with one write: for the loop, which waits for it a moment, and for the thread that writes it."""

    __slots__ = ("_is_left", "_is_over", "_lock", "_over", "_tell", "begun", "entries", "error")

    def __init__(self, entries: Sequence[Entry], tell: Callable[[Batch], object]) -> None:
        """`tell` is called by the thread if the loop does not wait any longer."""
        self.entries = entries
        self.begun = perf_counter()
        self.error: BaseException | None = None
        """Why it is not in the file."""
        self._tell = tell
        self._over = Lock()  # let go of by the thread
        self._over.acquire()
        self._lock = Lock()
        self._is_over = False
        self._is_left = False

    def over(self) -> None:
        """Hear, in the thread, that it is written, or failed."""
        with self._lock:
            self._is_over = True
            is_left = self._is_left
        if is_left:
            self._tell(self)
        else:
            self._over.release()

    def is_over_in(self, seconds: float) -> bool:
        """Wait, on the loop, and return whether it is over; else `tell` is called."""
        if seconds and self._over.acquire(timeout=seconds):
            return True
        with self._lock:
            self._is_left = not self._is_over
            return self._is_over


class Appender:
    """A tape over a writer: one write at a time, in a thread, so that a slow disk delays recordings and nothing else."""

    def __init__(self, write: Callable[[Sequence[bytes]], None]) -> None:
        self._write = write
        self._waiting: list[Entry] = []
        self._writes = False
        self._batches: SimpleQueue[Batch | None] | None = None
        """What the thread writes next; None is its end, and without a queue there is no thread."""
        self._is_quick = True

    def __del__(self) -> None:
        if self._batches is not None:
            self._batches.put(None)

    def put(self, block: bytes, done: Callable[[BaseException | None], None]) -> Entry:
        """Write the block of an interaction, and call `done` on the loop: with None when it is in the file, else with what the writer raised."""
        entry = block, done
        self._waiting.append(entry)
        if not self._writes:
            self._writes = True
            asyncio.get_running_loop().call_soon(self._write_next)  # with whatever comes in this turn
        return entry

    def take_back(self, entry: Entry) -> None:
        """Do not write what still waits for an earlier write, and call nobody for it."""
        with suppress(ValueError):  # it is being written
            self._waiting.remove(entry)

    async def add(self, block: bytes) -> None:
        """Return when the block of an interaction is in the file; raise what the writer raised for the write it was part of.

        Whoever is cancelled while its block waits for an earlier write does not write it.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = self.put(block, partial(_tell, written))
        try:
            await written
        except asyncio.CancelledError:
            self.take_back(entry)
            raise

    def _write_next(self) -> None:
        entries, self._waiting = self._waiting, []
        if not entries:
            self._writes = False
            return
        if self._batches is None:
            batches: SimpleQueue[Batch | None] = SimpleQueue()
            try:
                Thread(target=_work, args=(self._write, batches), name="pass-gateway-appends", daemon=True).start()
            except RuntimeError as error:  # the system has no thread left
                self._writes = False
                _tell_all(entries, error)
                return
            self._batches = batches
        batch = Batch(entries, partial(_call, asyncio.get_running_loop(), self._written))
        self._batches.put(batch)
        if batch.is_over_in(MOMENT if self._is_quick else 0):
            self._written(batch)

    def _written(self, batch: Batch) -> None:
        self._is_quick = perf_counter() - batch.begun < MOMENT
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._write_next)  # with whatever comes in this turn
        else:
            self._writes = False
        _tell_all(batch.entries, batch.error)


def _work(write: Callable[[Sequence[bytes]], None], batches: SimpleQueue[Batch | None]) -> None:
    """Write one batch after another, in a thread."""
    while (batch := batches.get()) is not None:
        try:
            write([block for block, _ in batch.entries])
        except BaseException as error:  # noqa: BLE001  # who waits for it is told
            batch.error = error
        batch.over()
        del batch  # else the appender would live until the next one


def _call(loop: asyncio.AbstractEventLoop, written: Callable[[Batch], None], batch: Batch) -> None:
    with suppress(RuntimeError):  # the loop has ended, and everybody who waited with it
        loop.call_soon_threadsafe(written, batch)


def _tell_all(entries: Sequence[Entry], error: BaseException | None) -> None:
    for _, done in entries:
        done(error)


def _tell(written: asyncio.Future[None], error: BaseException | None) -> None:
    if written.done():
        return
    if error is None:
        written.set_result(None)
    else:
        written.set_exception(error)
