"""Appends interactions, as `format.dump` makes them, off the event loop; what arrives while a write is on its way goes out with the next one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Entry: TypeAlias = "tuple[bytes, Callable[[BaseException | None], None]]"
"""A block, and who hears that it is in the file, or why it is not."""


class Appender:
    """A tape over a writer: one write at a time, in a thread, so that a slow disk delays recordings and nothing else."""

    def __init__(self, write: Callable[[Sequence[bytes]], None]) -> None:
        self._write = write
        self._waiting: list[Entry] = []
        self._writes = False

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
        batch, self._waiting = self._waiting, []
        if not batch:
            self._writes = False
            return
        try:
            work = asyncio.get_running_loop().run_in_executor(None, self._write, [block for block, _ in batch])
        except RuntimeError as error:  # the loop is about to end
            self._writes = False
            _tell_all(batch, error)
        else:
            work.add_done_callback(partial(self._written, batch))

    def _written(self, batch: Sequence[Entry], work: asyncio.Future[None]) -> None:
        error = asyncio.CancelledError() if work.cancelled() else work.exception()
        self._write_next()
        _tell_all(batch, error)


def _tell_all(batch: Sequence[Entry], error: BaseException | None) -> None:
    for _, done in batch:
        done(error)


def _tell(written: asyncio.Future[None], error: BaseException | None) -> None:
    if written.done():
        return
    if error is None:
        written.set_result(None)
    else:
        written.set_exception(error)
