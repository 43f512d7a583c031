"""Appends to a cassette: the cost depends on the new blocks, not on the length of the file."""

from __future__ import annotations

import os
from errno import EACCES, ENOSPC, ENOTDIR, EROFS
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

from gateway.cassettes import shape
from gateway.cassettes.errors import CassetteReadOnlyError, CassetteWriteError
from gateway.cassettes.format import HEAD
from gateway.system.files import NEW_FILE
from gateway.system.locking import FileLock, lock_path, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

LAST_LINE = 64
"""Number of bytes at a file's end. The last line of a block that another process of this run has written fits into them."""
LAST_WRITE = 1.0
"""Seconds that closing waits for another thread's write."""


class Writer:
    """Appends blocks to the cassette at `path`, which may not exist yet. Other processes may append to it too.

    No file is touched before the first `check` or `append`. Calls block, but wait no longer than `PATIENCE` for a lock that another
    process holds.
    """

    def __init__(self, path: Path, mended: Callable[[int], None] | None = None) -> None:
        """`mended` is called when the tail of a killed process of the same run was cut off, with the number of bytes.

        No app got the answers of this tail, since an answer ends only after its recording. Without `mended` nothing is cut off, and
        nothing is appended after a damaged tail.
        """
        self.path = path
        self._mended = mended
        self._lock = FileLock(path, folder=True)
        self._thread = Lock()  # a lock on a file belongs to the process, not to the thread
        self._file = -1
        self._known: tuple[int, ...] = ()
        """The file's device, inode, size and time of change when it was last seen to be of our form."""

    def check(self) -> None:
        """Report early what an `append` would refuse: raises `CassetteError` for a file that cannot be appended to.

        Raises `CassetteReadOnlyError` if the disk or a permission prevents it. If the file does not exist, the file, its folder and its
        lock are not made.
        """
        with self._thread:
            try:
                if not self.path.exists():
                    _expect_room(self.path)
                    return
                with self._lock:
                    descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
                    try:
                        if self._mended is not None:
                            _mend(descriptor, self._mended)
                        _expect_own(self.path, descriptor)
                    finally:
                        os.close(descriptor)
            except OSError as error:
                found = error.strerror or str(error)
                where = Path(error.filename or self.path)
                raise CassetteReadOnlyError(where, expected="a place to record to", found=found) from error

    def append(self, blocks: Sequence[bytes]) -> None:
        """Write `blocks`, made by `dump`, with one write: all blocks or no block.

        Raises `CassetteError` if the file is not of our form, or its tail is damaged. Raises `CassetteWriteError` if the disk fails. The
        file is then the same as before.
        """
        if not blocks:
            return
        with self._thread:
            try:
                with self._lock:
                    self._write(b"".join(blocks))
            except CassetteWriteError:
                raise
            except OSError as error:
                raise _failed(error.filename or self.path, error.errno, error.strerror) from error

    def close(self) -> None:
        """Close the descriptors. Appended blocks are in the file already. Blocks that still wait for the lock are not recorded."""
        self._lock.give_up()
        # a disk that does not respond: the process closes the descriptors when it ends
        if not self._thread.acquire(timeout=LAST_WRITE):
            return
        try:
            self._forget()
            self._lock.close()
        finally:
            self._thread.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        now = self._open()
        size = now.st_size
        if _state(now) != self._known:
            # the file is new, was replaced, or was written by another process; its two ends show its form
            grown = self._known[:2] == (now.st_dev, now.st_ino) and size > self._known[2]
            self._known = ()
            if self._mended is None:
                data = _expect_own(self.path, self._file) + data
            elif not grown or not _ends_whole(self._file, size):
                size = _mend(self._file, self._mended)
                data = _expect_own(self.path, self._file) + data
        try:
            # No fsync: written bytes outlive the process. After a power cut, the tail of a recording is lost, and repair cuts it off. To
            # wait for the disk would cost each logout milliseconds.
            written = os.write(self._file, data)
        except OSError:
            self._restore(size)
            raise
        if written < len(data):
            self._restore(size)
            raise _failed(self.path, ENOSPC, f"the disk took {written} of {len(data)} bytes")
        self._known = _state(os.fstat(self._file))

    def _open(self) -> os.stat_result:
        """Make sure that the descriptor belongs to the file that now has the name."""
        if self._file >= 0:
            try:
                now = os.stat(self.path)  # noqa: PTH116  # as in `locking`: each append asks
            except FileNotFoundError:
                pass
            else:
                # while a file is open, no other file gets its inode
                if self._known[:2] == (now.st_dev, now.st_ino):
                    return now
            self._forget()
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, NEW_FILE)
        return os.fstat(self._file)

    def _restore(self, size: int) -> None:
        self._known = ()
        try:
            os.ftruncate(self._file, size)
        except OSError as error:
            raise _failed(self.path, error.errno, f"{error.strerror}, and its tail is damaged now") from error

    def _forget(self) -> None:
        self._known = ()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _expect_own(path: Path, descriptor: int) -> bytes:
    """Return the text between the file's end and the next block. Raises `CassetteError` if no block may follow."""
    size = os.fstat(descriptor).st_size
    end = os.pread(descriptor, shape.END, max(0, size - shape.END))
    match shape.form(os.pread(descriptor, shape.START, 0), end):
        case "empty":
            return HEAD
        case "own":
            return b"" if end.endswith(b"\n") else b"\n"
        case "damaged":
            raise shape.damaged(path)
        case "marked":
            raise shape.marked(path)
        case "foreign":
            raise shape.foreign(path)


def _ends_whole(descriptor: int, size: int) -> bool:
    """Whether a file that has grown ends with a whole block of another process of this run. Then it can be appended to."""
    end = os.pread(descriptor, LAST_LINE, max(0, size - LAST_LINE))
    return end.endswith(b"\n") and shape.ends_whole(end)


def _mend(descriptor: int, mended: Callable[[int], None]) -> int:
    """Cut off the incomplete last write of a killed process, and return the file's size."""
    size = os.fstat(descriptor).st_size
    start, end = os.pread(descriptor, shape.START, 0), os.pread(descriptor, shape.END, max(0, size - shape.END))
    if shape.form(start, end) != "damaged":
        return size
    stays = shape.whole(os.pread(descriptor, size, 0))
    os.ftruncate(descriptor, stays)
    mended(size - stays)
    return stays


def _state(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _expect_room(path: Path) -> None:
    """Raise OSError if a file cannot be made at `path`, as far as this can be seen without making anything."""
    lock = lock_path(path)
    if lock.exists():
        with locked(path):
            pass
    real = Path(os.path.realpath(path))
    folder = next(folder for folder in real.parents if folder.exists())
    if not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        errno = EROFS if os.statvfs(folder).f_flag & os.ST_RDONLY else EACCES
        raise OSError(errno, os.strerror(errno), str(folder))


def _failed(path: Path | str, errno: int | None, reason: str | None) -> CassetteWriteError:
    return CassetteWriteError(errno or 0, f"not recorded: {reason or 'the disk failed'}", str(path))
