"""A lock between processes on a sidecar file, held while a cassette is changed."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

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
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o666)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, 0o666)


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
