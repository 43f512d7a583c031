"""Which worker takes the next connection: the worker with the fewest connections.

Facts
-----
* All workers wait at the same listening sockets, and the kernel wakes all of them for a connection. Without turns, the first worker would
  take all of eight connections that come at once.
* Each worker writes its number of connections into a shared memory, and reads the other numbers there. A worker with more connections
  than another one waits a moment before it tries. Then it tries in any case, so a worker that hangs blocks nobody.
* A number is written with one instruction, so there is no lock. If a number is a little old, one connection goes to the wrong worker. This
  does no harm.
"""

from __future__ import annotations

import mmap

from gateway.system.shared_memory import anonymous, mapped

MOMENT = 0.005
"""Time in seconds for which a worker with more connections lets the others go first."""
ABSENT = -1
_SIZE = 8


class OwnTurns:
    """The numbers of connections, as one worker uses them."""

    def __init__(self, descriptor: int, number: int) -> None:
        """`descriptor` is the shared memory's. `number` is the worker's place, from 1."""
        self._memory: mmap.mmap = mapped(descriptor)
        self._counts = memoryview(self._memory).cast("q")
        self._own = number - 1
        self._counts[self._own] = 0

    def wait(self, connections: int) -> float:
        """Return for how many seconds this worker lets the others go first. `connections` is its own number."""
        counts = self._counts
        counts[self._own] = connections
        return MOMENT if any(0 <= count < connections for count in counts) else 0.0


class AllTurns:
    """The supervisor's end: it makes the memory, with zero connections for each worker."""

    def __init__(self, workers: int) -> None:
        self.descriptor = anonymous(workers * _SIZE)
        """The descriptor of the memory. Workers inherit it."""
        self._counts = memoryview(mapped(self.descriptor)).cast("q")
        for at in range(workers):
            self._counts[at] = ABSENT

    def left(self, number: int) -> None:
        """Note that a worker has ended, so that no other worker waits for it."""
        self._counts[number - 1] = ABSENT
