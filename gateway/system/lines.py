"""Writes lines to a descriptor in its own thread. If nobody reads, only this thread is blocked.

Facts
-----
* A write to a full pipe, to an unread socket, or to a terminal after Ctrl-S blocks until somebody reads. The parent process may have made
  the descriptor non-blocking for both processes (node does). Then a write fails at once.
* Opening a pipe for writing waits for a reader. If it is opened non-blocking, it fails (ENXIO, POSIX open).
* Another writer to the same pipe cannot split a write of up to PIPE_BUF bytes (POSIX). So a batch for a pipe has at most this size.
  Nothing splits an append to a file. So all waiting lines go into a file as one batch.
"""

from __future__ import annotations

import fcntl
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from stat import S_ISREG
from typing import Self

from gateway.system.files import PRIVATE

LIMIT = 1 << 20
"""Limit of the waiting lines, in bytes: about 2,000 exchanges."""
OVERHEAD = 64
"""Memory of a waiting line, without its text, in bytes."""
GATHERING = 0.01
"""Time for which lines are gathered after the queue was empty, in seconds. So one write takes many lines."""
PATIENCE = 1.0
"""Longest wait for unwritten lines at the end, in seconds."""


class Lines:
    """A queue of lines and the thread that writes them. `write` never blocks; any thread may call it.

    A line is lost if the queue is full, or if the descriptor refuses it. Lost lines are counted, and `on_loss` is called when lines
    can be written again.
    """

    def __init__(self, descriptor: int, limit: int = LIMIT) -> None:
        self._descriptor = descriptor
        self._path: Path | None = None
        """The file behind the descriptor, if `reopen` can open it again."""
        self._reopening = False
        self.on_stale: Callable[[OSError], None] = lambda _: None
        """Called with the reason if the file could not be opened again. Lines still go to the open file."""
        self._limit = limit
        self._is_file = _is_file(descriptor)
        self._between = -1
        """The descriptor that is locked around a write; -1 without a lock."""
        self.dropped = 0
        """Number of lines that were lost because the queue was full."""
        self.unwritten = 0
        """Number of lines that the descriptor refused: the disk is full, or the reader is gone."""
        self.on_loss: Callable[[], None] = lambda: None
        self._told = 0
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._idle = False
        self._emptied = True
        """Whether the queue was empty after the last batch: the lines in it have waited for less than `GATHERING`."""
        self._stopping = False
        self._torn = False
        """Whether the last written line is incomplete."""
        self._thread = threading.Thread(target=self._run, name="pass-gateway-lines", daemon=True)
        self._thread.start()

    @classmethod
    def to_file(cls, path: Path) -> Self:
        """Append to a file. A missing file is made, and only its owner can read it. Raises OSError."""
        lines = cls(_opened(path))
        lines._path = path
        return lines

    def take_turns(self, lock: int) -> None:
        """Lock the descriptor `lock` around each write to a pipe or a terminal. Then long lines of several processes are not mixed.

        The lock belongs to the process (fcntl). So processes may have inherited the same descriptor, and a killed process frees the lock.
        """
        self._between = lock

    def reopen(self, path: Path | None = None) -> None:
        """Open the file again before the next line, since it was moved away, or since it is `path` now. Any thread may call this."""
        with self._changed:
            if self._path is None:
                return
            self._path = path or self._path
            self._reopening = True
            self._changed.notify()

    @property
    def lost(self) -> int:
        """Number of lost lines."""
        return self.dropped + self.unwritten

    def write(self, text: str) -> None:
        """Put a line, with its line end, into the queue."""
        line = text.encode("utf-8", "backslashreplace")
        with self._lock:
            size = self._size + len(line) + OVERHEAD
            if size > self._limit:
                self.dropped += 1
                return
            self._waiting.append(line)
            self._size = size
            if self._idle:
                self._idle = False
                self._changed.notify()

    def flush(self) -> None:
        """Do nothing: the lines are on their way."""

    def isatty(self) -> bool:
        """Whether the descriptor is a terminal."""
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def stop(self, seconds: float = PATIENCE) -> None:
        """Write the waiting lines, but return after at most `seconds`. The thread may block for ever; it does not delay the exit."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        while (batch := self._next()) or self._reopening:
            if self._reopening:
                self._open_anew()
            if batch and self._put(batch) and self.lost > self._told and self._size < self._limit // 2:
                self._told = self.lost
                self.on_loss()

    def _next(self) -> list[bytes]:
        """Return whole lines for one write. Empty when it is time to stop."""
        with self._changed:
            while not self._waiting and not self._stopping and not self._reopening:
                self._idle = True
                self._changed.wait()
            self._idle = False
            if self._emptied and not self._stopping and not self._reopening:
                self._changed.wait(GATHERING)
            batch: list[bytes] = []
            if self._is_file:
                batch.extend(self._waiting)
                self._waiting.clear()
                self._size = 0
                self._emptied = True
                return batch
            size = 0
            while self._waiting and (not batch or size + len(self._waiting[0]) <= select.PIPE_BUF):
                line = self._waiting.popleft()
                self._size -= len(line) + OVERHEAD
                size += len(line)
                batch.append(line)
            self._emptied = not self._waiting
            return batch

    def _open_anew(self) -> None:
        """Point the descriptor to the file that now has the name."""
        self._reopening = False
        assert self._path is not None  # noqa: S101  # or nothing is to be opened
        try:
            fresh = _opened(self._path)
        except OSError as error:
            self.on_stale(error)
            return
        os.dup2(fresh, self._descriptor, inheritable=False)
        os.close(fresh)
        self._torn = False
        self._is_file = _is_file(self._descriptor)

    def _put(self, batch: list[bytes]) -> bool:
        """Write lines, in turns with other processes if needed. Count the lines that were not written completely."""
        if self._between < 0 or self._is_file:
            return self._put_now(batch)
        fcntl.lockf(self._between, fcntl.LOCK_EX)
        try:
            return self._put_now(batch)
        finally:
            fcntl.lockf(self._between, fcntl.LOCK_UN)

    def _put_now(self, batch: list[bytes]) -> bool:
        data = (b"\n" if self._torn else b"") + b"".join(batch)
        left = memoryview(data)
        try:
            while left:
                left = left[self._write_some(left) :]
        except OSError:
            self.unwritten += data.count(b"\n", len(data) - len(left))
            self._torn = 0 < len(left) < len(data) and not data.endswith(b"\n", 0, len(data) - len(left))
            return False
        self._torn = False
        return True

    def _write_some(self, data: memoryview) -> int:
        while True:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:
                waiting = select.poll()
                waiting.register(self._descriptor, select.POLLOUT)
                waiting.poll()


def _is_file(descriptor: int) -> bool:
    try:
        return S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:  # the next write reports the reason
        return False


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, PRIVATE)
