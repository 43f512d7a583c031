"""Locks between processes, with a time limit for each wait. The lock of a file is another file beside it, since the file is replaced."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from errno import EACCES, EPERM, EROFS, ETIMEDOUT
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from gateway.system.files import NEW_FILE, make_folder

if TYPE_CHECKING:
    from types import TracebackType


PATIENCE = 5.0
"""Longest wait for a lock, in seconds. An append takes milliseconds, a repair of a large cassette takes seconds."""
STILL_HELD = 0.2
"""Longest wait after an earlier wait for the same lock failed, in seconds. Otherwise every recorded exchange would wait."""
BETWEEN = 0.01
"""Pause between two attempts to take a lock, in seconds."""
ASKED_EVERY = 0.05
"""The same pause in an event loop, in seconds."""


class LockHeldError(OSError):
    """Another process held the lock until the end of the wait. The message names the lock's file."""


def lock(
    descriptor: int, path: Path, how: int = fcntl.LOCK_EX, seconds: float = PATIENCE, given_up: Event | None = None
) -> None:
    """Lock the file at `path`, open as `descriptor`, with `flock`. It blocks, and raises LockHeldError after `seconds`.

    `how` is LOCK_EX or LOCK_SH. When another thread sets `given_up`, the wait ends at once.
    """
    end = monotonic() + seconds
    given_up = given_up or Event()
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= end or given_up.wait(BETWEEN):
                message = f"another process holds the lock {path.name}; waited {seconds:g} s"
                raise LockHeldError(ETIMEDOUT, message, str(path)) from None
        else:
            return


def lock_path(path: Path, purpose: str = "") -> Path:
    """Return the path of the lock for the file at `path`. The lock is never removed: that would be a race.

    A file may have a second lock for a `purpose`: `state.json.registering.lock`.
    """
    real = Path(os.path.realpath(path))  # two names of one file have one lock
    return real.with_name(f"{real.name}{f'.{purpose}' if purpose else ''}.lock")


class FileLock:
    """An exclusive `flock` beside `path`. It can be entered many times; its descriptor stays open between.

    Entering raises LockHeldError if another process keeps the lock. `mode`: the permissions of a new lock. `folder`: a missing folder
    is made each time.
    """

    def __init__(self, path: Path, purpose: str = "", *, mode: int = NEW_FILE, folder: bool = False) -> None:
        self._path = lock_path(path, purpose)
        self._mode = mode
        self._folder = folder
        self._descriptor = -1
        self._inode = 0, 0
        """Device and inode of the file that is open."""
        self._patience = PATIENCE
        self._given_up = Event()

    def give_up(self) -> None:
        """End the wait of another thread, and every later wait."""
        self._given_up.set()

    def __enter__(self) -> None:
        try:
            self.take(self._patience)
        except LockHeldError:
            self._patience = STILL_HELD
            raise
        self._patience = PATIENCE

    def take(self, seconds: float) -> None:
        """Take the lock within `seconds`. Raises LockHeldError."""
        while True:
            if self._descriptor < 0:
                if self._folder and not self._path.parent.is_dir():
                    make_folder(self._path.parent)
                self._descriptor = _open(self._path, self._mode)
                opened = os.fstat(self._descriptor)
                self._inode = opened.st_dev, opened.st_ino
            lock(self._descriptor, self._path, seconds=seconds, given_up=self._given_up)
            if _inode(self._path) == self._inode:
                return
            # somebody removed the file: another process locks another one of that name
            self.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the descriptor, which also frees the lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def locked(path: Path, *, mode: int = NEW_FILE) -> Iterator[None]:
    """Hold the lock of a file once. Raises LockHeldError."""
    held = FileLock(path, mode=mode)
    try:
        with held:
            yield
    finally:
        held.close()


@asynccontextmanager
async def locked_for(path: Path, purpose: str, *, seconds: float, mode: int = NEW_FILE) -> AsyncIterator[None]:
    """Hold a file's lock for a purpose. It tries repeatedly, so it does not block the loop. Raises TimeoutError after `seconds`."""
    held = FileLock(path, purpose, mode=mode)
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    held.take(0)
                    break
                except LockHeldError:
                    await asyncio.sleep(ASKED_EVERY)
        yield
    finally:
        held.close()


def _open(path: Path, mode: int) -> int:
    try:
        return _made(path, mode)
    except OSError as error:
        why = f"the lock cannot be opened: {error.strerror}"
        raise OSError(error.errno, why, str(path)) from error


def _made(path: Path, mode: int) -> int:
    """Open a lock, or make it. A read-only lock can be locked, too."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
    except OSError as error:
        if error.errno not in {EACCES, EPERM, EROFS}:
            raise
        with suppress(OSError):
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        raise


def _inode(path: Path) -> tuple[int, int] | None:
    """Return the device and the inode of the file at `path`; None where there is none."""
    try:
        there = os.stat(path)  # noqa: PTH116  # each append asks: pathlib's own steps take as long as the system's
    except FileNotFoundError:
        return None
    return there.st_dev, there.st_ino
