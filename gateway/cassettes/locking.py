"""A lock between processes on a sidecar file, held while a cassette is changed."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from errno import EACCES, EPERM, EROFS
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.files import NEW_FILE, make_folder

if TYPE_CHECKING:
    from types import TracebackType


def lock_path(path: Path) -> Path:
    """Return where the lock of the cassette at `path` lies. It stays there: to remove it would be a race."""
    real = Path(os.path.realpath(path))  # two names of one file have one lock
    return real.with_name(real.name + ".lock")


class FileLock:
    """An exclusive `flock` beside `path`, to be entered again and again; the descriptor stays open in between.

    The cassette itself cannot carry the lock, since `repair` replaces it.
    """

    def __init__(self, path: Path) -> None:
        self._path = lock_path(path)
        self._descriptor = -1

    def __enter__(self) -> None:
        while True:
            if self._descriptor < 0:
                self._descriptor = _open(self._path)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if _same_file(self._descriptor, self._path):
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


def _open(path: Path) -> int:
    if not path.parent.is_dir():
        make_folder(path.parent)
    try:
        return _made(path)
    except OSError as error:
        why = f"the lock cannot be opened: {error.strerror}"
        raise OSError(error.errno, why, str(path)) from error


def _made(path: Path) -> int:
    """Open a lock, and make it where there is none; one that may only be read can be locked all the same."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, NEW_FILE)
    except OSError as error:
        if error.errno not in {EACCES, EPERM, EROFS}:
            raise
        with suppress(OSError):
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        raise


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
