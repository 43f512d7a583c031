"""When Python looks for garbage: what a run has loaded is left out, and what traffic makes is looked through seldom.

Facts
-----
* Each collection looks through what is new and lives: the calls that are on their way, and the exchanges that the journal keeps. Python's
  own pace, each 700 new objects, is one for each few dozen calls; it took 2 µs of a forwarded call, and 5 µs of a recorded one.
* What waits meanwhile is little: cycles are rare here, everything else is freed at once.
"""

from __future__ import annotations

import gc

YOUNG = 10_000
"""How many new objects there are, more than were freed, until they are looked through."""


def begin() -> None:
    """Collect from now on, and leave out what is there: it lives as long as the run. To look it through cost each hundredth exchange 30 ms."""
    gc.enable()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    gc.freeze()
