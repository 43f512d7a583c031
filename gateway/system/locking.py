"""Locks between processes, which nobody waits for without end; the lock of a file is a sidecar file, since the file itself is replaced."""

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
"""Seconds to wait for a lock that another process holds: an append takes milliseconds, a repair of a large cassette seconds."""
STILL_HELD = 0.2
"""Seconds to wait for a lock that was waited for in vain before: every exchange that records would wait for it."""
BETWEEN = 0.01
"""Seconds between two looks at a lock that is held."""
ASKED_EVERY = 0.05
"""The same, where a loop looks."""


class LockHeldError(OSError):
    """Another process has held a lock for as long as we wait for one; the message names the lock's file."""


def lock(
    descriptor: int, path: Path, how: int = fcntl.LOCK_EX, seconds: float = PATIENCE, given_up: Event | None = None
) -> None:
    """Lock the file at `path`, open as `descriptor`, with `flock`; it blocks, and raises LockHeldError after `seconds`.

    `how` is LOCK_EX or LOCK_SH; when another thread sets `given_up`, waiting ends at once.
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
    """Return where the lock of the file at `path` lies. It stays there: to remove it would be a race.

    A file may have a second lock for a `purpose`: `state.json.registering.lock`.
    """
    real = Path(os.path.realpath(path))  # two names of one file have one lock
    return real.with_name(f"{real.name}{f'.{purpose}' if purpose else ''}.lock")


class FileLock:
    """An exclusive `flock` beside `path`, to be entered again and again; the descriptor stays open in between.

    To enter it raises LockHeldError where another process does not let go. `mode`: the permissions of a new lock; `folder`:
    the folder is made if there is none, each time that it is gone.
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
        """End the waiting of another thread, now and from now on."""
        self._given_up.set()

    def __enter__(self) -> None:
        try:
            self.take(self._patience)
        except LockHeldError:
            self._patience = STILL_HELD
            raise
        self._patience = PATIENCE

    def take(self, seconds: float) -> None:
        """Take the lock, waiting for `seconds` at most; raises LockHeldError."""
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
        """Give the descriptor back, and the lock with it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def locked(path: Path, *, mode: int = NEW_FILE) -> Iterator[None]:
    """Hold the lock of a file once; raises LockHeldError."""
    held = FileLock(path, mode=mode)
    try:
        with held:
            yield
    finally:
        held.close()


@asynccontextmanager
async def locked_for(path: Path, purpose: str, *, seconds: float, mode: int = NEW_FILE) -> AsyncIterator[None]:
    """Hold a file's lock for a purpose, asked for again and again so that nothing blocks the loop; TimeoutError after `seconds`."""
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
    """Open a lock, and make it if there is none; one that may only be read can be locked all the same."""
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
