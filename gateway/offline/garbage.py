"""Lets Python look through all objects less often while a suite uses the gateway.

Facts
-----
* pytest keeps every test and report to the end of a run. Python takes them for many new objects, and looks through all that there are, 40 ms each
  time: a seventh of what 300 tests of ours took.
* New objects are looked through as often as before, and `gc.collect()` does what it always does.
* What a test, or a suite, sets itself is left as it is.
"""

from __future__ import annotations

import gc

FEWER = 5
"""How many times as many collections of younger objects come before one of all objects."""


class FewerFullCollections:
    """Fewer collections of all objects, from now until `end`."""

    def __init__(self) -> None:
        self._before = gc.get_threshold()
        young, middle, old = self._before
        self._set = (young, middle, old * FEWER)
        gc.set_threshold(*self._set)

    def end(self) -> None:
        """Collect as often as before, unless somebody else has set something since."""
        if gc.get_threshold() == self._set:
            gc.set_threshold(*self._before)
