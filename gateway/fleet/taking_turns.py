"""Which worker takes the next connection: the worker with the fewest connections goes first.

Facts
-----
* All workers wait at the same listening sockets, and the kernel wakes all of them for a connection. Without turns, if eight connections come at once, the first worker
  takes all eight.
* Each worker writes how many connections it has into a memory that all of them see, and reads the others' there. A worker with more connections
  than another one waits a moment before it tries. After the moment it tries in any case, so a worker that hangs blocks nobody.
* A number is written with one instruction, so there is no lock. If a number is a little old, one connection goes to the wrong worker; that does no harm.
"""

from __future__ import annotations

import mmap

from gateway.system.shared_memory import anonymous, mapped

MOMENT = 0.005
"""Seconds that a worker with more connections lets the others go first."""
ABSENT = -1
_SIZE = 8


class OwnTurns:
    """What one worker knows of the connections of all."""

    def __init__(self, descriptor: int, number: int) -> None:
        """Take the memory, and the worker's place, from 1."""
        self._memory: mmap.mmap = mapped(descriptor)
        self._counts = memoryview(self._memory).cast("q")
        self._own = number - 1
        self._counts[self._own] = 0

    def wait(self, connections: int) -> float:
        """Return how many seconds a worker that has so many connections lets others go first."""
        counts = self._counts
        counts[self._own] = connections
        return MOMENT if any(0 <= count < connections for count in counts) else 0.0


class AllTurns:
    """The supervisor's end: the memory, in which nobody has a connection yet."""

    def __init__(self, workers: int) -> None:
        self.descriptor = anonymous(workers * _SIZE)
        """To be inherited by workers."""
        self._counts = memoryview(mapped(self.descriptor)).cast("q")
        for at in range(workers):
            self._counts[at] = ABSENT

    def left(self, number: int) -> None:
        """Let nobody wait for a worker that has ended."""
        self._counts[number - 1] = ABSENT
