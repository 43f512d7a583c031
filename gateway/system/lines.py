"""Writes lines to a descriptor from a thread of its own: a reader that does not read blocks only that thread.

Facts
-----
* A write to a full pipe, to a socket that is not read or to a terminal after Ctrl-S blocks for as long as nobody reads. Whoever
  started us may have made the descriptor non-blocking for both of us (node does): then a write fails at once instead.
* To open a pipe for writing waits for a reader, unless it is opened non-blocking: then it fails (ENXIO, POSIX open).
* Up to PIPE_BUF bytes in one write are not torn by another writer of the same pipe (POSIX), so a batch is no longer than that.
  What is appended to a file is never torn, so there all that waits is one batch.
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
"""Bytes that lines may take while they wait to be written: some 2,000 exchanges."""
OVERHEAD = 64
"""Memory of a waiting line, without its text, in bytes."""
GATHERING = 0.01
"""Seconds in which lines are gathered after the queue was empty, so that many go out with one write."""
PATIENCE = 1.0
"""Seconds that stopping waits for unwritten lines."""


class Lines:
    """A queue of lines and the thread that writes them. `write` never blocks; any thread may call it.

    A line that finds the queue full is dropped, one that the descriptor refuses is gone. Both are counted, and `on_loss`
    is called when lines can be written again.
    """

    def __init__(self, descriptor: int, limit: int = LIMIT) -> None:
        self._descriptor = descriptor
        self._path: Path | None = None
        """The file behind the descriptor, where `reopen` can open it anew."""
        self._reopening = False
        self.on_stale: Callable[[OSError], None] = lambda _: None
        """Is told why the file could not be opened again; lines go on to the one that is open."""
        self._limit = limit
        self._is_file = _is_file(descriptor)
        self._between = -1
        """What is locked around a write; -1 where nothing has to be."""
        self.dropped = 0
        """How many lines found the queue full."""
        self.unwritten = 0
        """How many lines the descriptor refused: the disk is full, or the reader is gone."""
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
        """Whether the last line that was begun was not written to its end."""
        self._thread = threading.Thread(target=self._run, name="pass-gateway-lines", daemon=True)
        self._thread.start()

    @classmethod
    def to_file(cls, path: Path) -> Self:
        """Append to a file, which is made if it is not there, for its owner alone; raises OSError."""
        lines = cls(_opened(path))
        lines._path = path
        return lines

    def take_turns(self, lock: int) -> None:
        """Lock this descriptor around each write to a pipe or a terminal, where other processes write, too: a long line of theirs is whole.

        The lock is the process's (fcntl), so each may have inherited the same descriptor, and one that is killed gives it back.
        """
        self._between = lock

    def reopen(self, path: Path | None = None) -> None:
        """Open the file anew before the next line is written: somebody moved it away, or it is `path` now. Any thread may call it."""
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
        """Take a line, which brings its own line end."""
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
        """Whether a person reads."""
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def stop(self, seconds: float = PATIENCE) -> None:
        """Write what waits, but return after `seconds` at the latest. The thread may block for ever; it holds up no exit."""
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
        """Return whole lines for one write; nothing when it is time to stop."""
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
        """Let the descriptor stand for the file that has the name now."""
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
        """Write lines, in turns with other processes if needed; count the lines that were not written completely."""
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
    except OSError:  # whoever writes to it will hear why
        return False


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, PRIVATE)
