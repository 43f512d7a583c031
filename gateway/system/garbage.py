"""Python's search for cyclic garbage, in a process that serves: not through what was there at the start, and hardly ever through all that is remembered.

Facts
-----
* An exchange and a connection leave no cycles behind (a test holds that): what they no longer need is freed at once. So a search finds
  nothing, and takes time for each object that it looks at.
* Memories hold hundreds of thousands of objects. With Python's own thresholds all of them are looked at each time that they have become a
  quarter more: up to half a second in which nobody is served, and a sixth of the time of requests that nobody has sent before.
"""

from __future__ import annotations

import gc

YOUNG = 10_000
"""New objects after which the newest are looked at, in about a millisecond."""
MIDDLE = 10
"""Searches among the newest after which those that were left are looked at once more, in about ten."""
OLD = 1_000
"""Searches of that kind after which all are looked at: when there are twenty million objects more than before, which no memory has room for."""


def pause() -> None:
    """Search for nothing while everything is loaded: what is made then stays."""
    gc.disable()


def serve() -> None:
    """Search from now on among what is made while the process serves."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.enable()


def renew() -> None:
    """Free what was there at the start and has been replaced, and leave out what is there now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
