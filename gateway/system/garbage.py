"""Limits Python's search for cyclic garbage in a serving process. It skips the objects of the start, and rarely visits the memories.

Facts
-----
* Exchanges and connections leave no cycles (a test insists). Their objects are freed at once. So a search finds nothing, but takes time for
  each object. Connections of asyncio's own loop do leave cycles. With that loop, Python's thresholds stay.
* Failures leave cycles: a body that breaks off keeps its exception, and the traceback keeps the body. A cycle that outlives its first
  search waits for the second search. So the second search must not be far away.
* Memories have hundreds of thousands of objects. With Python's own thresholds, a search visits each object twice, and all objects each time
  that their number has grown by a quarter. Such a search stops the gateway for up to half a second. All searches together take a sixth of
  the time of new requests.
"""

from __future__ import annotations

import gc

YOUNG = 2_000
"""Number of new objects after which a search visits the newest objects. It takes a part of a millisecond."""
SEARCHES = 50
"""Number of searches before the objects that outlived one of them are searched a second time. It takes about 10 ms."""
SECOND_SEARCHES = 200
"""Number of second searches before a search of all objects. It means twenty million further objects, more than all memories allow."""


def pause() -> None:
    """Stop the search while modules and data are loaded. These objects stay in any case."""
    gc.disable()


def serve() -> None:
    """Start the search again, for the objects that are made from now on, and give freed memory back. A loop must be running."""
    import asyncio  # noqa: PLC0415  # `gateway --help` needs none of it

    gc.freeze()
    if not isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
        gc.set_threshold(YOUNG, SEARCHES, SECOND_SEARCHES)
    gc.enable()
    from gateway.system.freed_memory import give_back_regularly  # noqa: PLC0415  # it needs asyncio

    give_back_regularly()


def renew() -> None:
    """Free the objects of the start that were replaced, and skip the present objects from now on."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
