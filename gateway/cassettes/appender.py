"""Appends interactions, as `format.dump` makes them, off the event loop. Blocks that arrive during a write go out with the next write.

Facts
-----
* Each appender has its own thread, from its first block on. An executor and a future would take longer than the write. The thread ends
  with the appender. It does not delay the end of the process: the system finishes a write that has begun, and nobody was told that the
  waiting blocks are written.
* The thread waits in a read of a pipe, and not for a queue. So the loop wakes the thread with a system call. During this call the loop
  does not hold the interpreter's lock (GIL). A thread that waits for a queue would wake while the loop still holds the lock, and would
  fall asleep again. With 32 clients, a write takes 2 switches between the threads in place of 5.
* Handing a write to the thread and back takes as long as making a few blocks. So a write waits for `TURNS` more turns of the loop. With
  one client, two turns take ten microseconds. With eight or more clients, a write then has nearly 50 % more blocks, and a recorded
  request costs at least 5 % less.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TURNS = 4
"""Turns of the loop that a write waits for more blocks, after the turn in which it could begin."""


class Append(Protocol):
    """A text to append, and the function to call after its write."""

    def text(self) -> bytes:
        """Return the text, which consists of blocks. It is called once, on the loop, when the write begins. An empty text is not written."""

    def written(self, error: BaseException | None) -> None:
        """Receive the end of the write. `error`: None if the text is in the file, otherwise the writer's error."""


Job: TypeAlias = "tuple[Sequence[bytes], Sequence[Append], Written, asyncio.AbstractEventLoop]"
"""The texts of one write, their entries, and the function to call on the loop after the write."""
Written: TypeAlias = "Callable[[Sequence[Append], BaseException | None, asyncio.AbstractEventLoop], None]"


class Appender:
    """Appends with one write at a time, in a thread. So a slow disk delays recordings and nothing else."""

    def __init__(self, write: Callable[[Sequence[bytes]], None]) -> None:
        self._write = write
        self._waiting: list[Append] = []
        self._writes = False
        self._jobs: deque[Job] = deque()
        """At most one job. The thread takes it after it has read a byte from the pipe."""
        self._pipe = -1
        """The pipe's end for writing, as a descriptor. The thread ends when this end is closed. -1: there is no thread yet."""

    def __del__(self) -> None:
        self.close()

    @property
    def is_closed(self) -> bool:
        """Whether it has no thread and no descriptors."""
        return self._pipe < 0

    def close(self) -> None:
        """Let the thread end after the write that has begun. The next block begins another thread."""
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0:
            os.close(pipe)

    def put(self, entry: Append) -> None:
        """Write the text of an entry, and then call its `written` on the loop."""
        self._waiting.append(entry)
        if not self._writes:
            self._writes = True
            loop = asyncio.get_running_loop()  # this is a system call in Python 3.11: one for each write
            loop.call_soon(self._write_after, TURNS, loop)

    async def add(self, block: bytes) -> None:
        """Return when the block of an interaction is in the file, or raise the error of its write.

        If the caller is cancelled while its block still waits, the block is not written.
        """
        entry = _AwaitedAppend(block)
        self.put(entry)
        try:
            await entry.end
        except asyncio.CancelledError:
            with suppress(ValueError):  # it is being written
                self._waiting.remove(entry)
            raise

    def _write_after(self, turns: int, loop: asyncio.AbstractEventLoop) -> None:
        """Write the waiting blocks after so many turns of the loop."""
        if turns:
            loop.call_soon(self._write_after, turns - 1, loop)
        else:
            self._write_next(loop)

    def _write_next(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            self._writes = False
            return
        texts = [text for entry in batch if (text := entry.text())]
        try:
            if self._pipe < 0:
                self._pipe = _begun(self._write, self._jobs)
            self._jobs.append((texts, batch, self._written, loop))
            os.write(self._pipe, b"+")
        except (RuntimeError, OSError) as error:  # the system has no thread or no descriptor left
            self._jobs.clear()
            self._writes = False
            _tell_all(batch, error)

    def _written(self, batch: Sequence[Append], error: BaseException | None, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting:
            loop.call_soon(self._write_after, TURNS, loop)
        else:
            self._writes = False
        _tell_all(batch, error)


def _begun(write: Callable[[Sequence[bytes]], None], jobs: deque[Job]) -> int:
    """Start a thread that does one job for each byte in a pipe. Return the pipe's end for writing.

    Raises RuntimeError if the system has no thread left, and OSError if it has no descriptor left.
    """
    reads, writes = os.pipe()
    try:
        Thread(target=_work, args=(write, jobs, reads), name="pass-gateway-appends", daemon=True).start()
    except RuntimeError:
        os.close(reads)
        os.close(writes)
        raise
    return writes


def _work(write: Callable[[Sequence[bytes]], None], jobs: deque[Job], pipe: int) -> None:
    """Do one job after another, in a thread, until the other end of the pipe is closed."""
    while os.read(pipe, 1):
        job = jobs.popleft()
        texts, batch, written, loop = job
        error: BaseException | None = None
        try:
            write(texts)
        except BaseException as raised:  # noqa: BLE001  # who waits for it is told
            error = raised
        with suppress(RuntimeError):  # the loop has ended, so nobody waits any more
            loop.call_soon_threadsafe(written, batch, error, loop)
        del job, texts, batch, written, loop, error  # otherwise these names keep the appender alive until the next job
    os.close(pipe)


def _tell_all(batch: Sequence[Append], error: BaseException | None) -> None:
    for entry in batch:
        entry.written(error)


class _AwaitedAppend:
    """An append that a coroutine waits for."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def text(self) -> bytes:
        """Return the block."""
        return self._block

    def written(self, error: BaseException | None) -> None:
        """Let the coroutine go on, unless it was cancelled."""
        if self.end.done():
            return
        if error is None:
            self.end.set_result(None)
        else:
            self.end.set_exception(error)
