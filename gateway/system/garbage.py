"""Python's search for cyclic garbage, in a process that serves: not through what was there at the start, and hardly ever through what is remembered.

Facts
-----
* An exchange and a connection leave no cycles behind (a test holds that): what they no longer need is freed at once. So a search finds
  nothing, and takes time for each object that it looks at. Connections of asyncio's own loop do leave cycles: there Python's thresholds stay.
* What fails leaves cycles: a body that breaks off keeps its exception, whose traceback keeps the body and what it still holds. A cycle
  that has outlived the first look at it waits for the second one, so that one must not be far.
* Memories hold hundreds of thousands of objects. With Python's own thresholds each is looked at twice, and all of them each time that they have
  become a quarter more: up to half a second in which nobody is served, and a sixth of the time of requests that nobody has sent before.
"""

from __future__ import annotations

import gc

YOUNG = 2_000
"""New objects after which the newest are looked at, once, which takes a part of a millisecond."""
SEARCHES = 50
"""Searches after which those that were looked at once are looked at again, together: a search of some 10 ms."""
SECOND_SEARCHES = 200
"""Second searches after which all are looked at: when there are twenty million more than before, which no memory has room for."""


def pause() -> None:
    """Search for nothing while everything is loaded: what is made then stays."""
    gc.disable()


def serve() -> None:
    """Search from now on among what is made while the process serves; a loop is running."""
    import asyncio  # noqa: PLC0415  # `gateway --help` needs none of it

    gc.freeze()
    if not isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
        gc.set_threshold(YOUNG, SEARCHES, SECOND_SEARCHES)
    gc.enable()


def renew() -> None:
    """Free what was there at the start and has been replaced, and leave out what is there now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
