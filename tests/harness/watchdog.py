"""Measures the steps of an event loop: how long each callback keeps everybody else waiting, in its thread's processor time.

Facts
-----
* A loop runs one callback after another, and a task between two of its awaits is one callback: nothing else happens meanwhile.
* Processor time is what the work costs, however busy the machine is. What was there before the measuring is frozen, or the
  collection of a whole test session's objects would count as somebody's step; it stays so, or each later collection looks at it.
* It hooks into asyncio's own `Handle`: uvloop, on which the gateway runs, has handles that nobody can reach.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MOST = 0.05
"""Seconds that no message may keep others waiting."""


@dataclass
class Steps:
    """The steps so far."""

    longest: float = 0.0
    """Seconds of processor time."""
    count: int = 0

    def took(self, seconds: float) -> None:
        self.count += 1
        self.longest = max(self.longest, seconds)

    def forget(self) -> None:
        """Begin anew, for the next message."""
        self.longest, self.count = 0.0, 0


@contextmanager
def longest_step() -> Iterator[Steps]:
    """Measure every step of the loops that run meanwhile, in the thread that runs them."""
    steps = Steps()
    run = asyncio.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        try:
            run(handle)
        finally:
            steps.took(time.thread_time() - began)

    gc.collect()
    gc.freeze()
    asyncio.Handle._run = measured  # type: ignore[method-assign, assignment]
    try:
        yield steps
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
