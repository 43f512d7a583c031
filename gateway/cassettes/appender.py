"""Appends interactions, as `format.dump` makes them, off the event loop; what arrives while a write is on its way goes out with the next one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Appender:
    """A tape over a writer: one write at a time, in a thread, so that a slow disk delays recordings and nothing else."""

    def __init__(self, write: Callable[[Sequence[bytes]], None]) -> None:
        self._write = write
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, block: bytes) -> None:
        """Return when the block of an interaction is in the file; raise what the writer raised for the write it was part of.

        Whoever is cancelled while its block waits for an earlier write does not write it.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = block, written
        self._waiting.append(entry)
        if self._writing is None:
            self._writing = asyncio.create_task(self._drain())
        try:
            await written
        except asyncio.CancelledError:
            with suppress(ValueError):  # it is being written
                self._waiting.remove(entry)
            raise

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            error: BaseException | None = None
            try:
                await asyncio.to_thread(self._write, [block for block, _ in batch])
            except Exception as raised:  # noqa: BLE001  # each of those who wait is told
                error = raised
            for _, written in batch:
                if written.done():
                    continue
                if error is None:
                    written.set_result(None)
                else:
                    written.set_exception(error)
        self._writing = None
