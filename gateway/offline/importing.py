"""Imports modules of ours within a run of pytest as fast as without pytest.

Facts
-----
* pytest rewrites the asserts of every module of a plugin's distribution, and its finder looks at the name of every other module. Ours
  have no asserts. (`AssertionRewritingHook`, read in pytest 9.2.)
* What is made while modules are imported stays, so to collect garbage meanwhile finds none, and it is old at once: by way of the
  permanent generation it comes to the oldest, and the younger ones are not looked through for it.
* All of it is a third of what the first test with the fixture `gateway` waits for.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

REWRITING = "_pytest.assertion.rewrite"
"""The module of the finder that rewrites asserts."""


def import_quickly(*names: str) -> None:
    """Import these modules, each by its full name; nothing happens where they are imported already."""
    if all(name in sys.modules for name in names):
        return
    with _no_rewriting(), _no_collecting():
        for name in names:
            import_module(name)


def set_aside() -> None:
    """Let Python never again look for garbage in what there is now: modules, and the tests that were collected, if no test has run yet.

    pytest collects garbage ten times at its end, and Python looks through everything whenever much of it is new, 30 ms each time.
    What somebody else has frozen stays so.
    """
    if not gc.get_freeze_count():
        gc.freeze()


@contextmanager
def _no_rewriting() -> Iterator[None]:
    place, finder = next(
        ((at, finder) for at, finder in enumerate(sys.meta_path) if type(finder).__module__ == REWRITING), (0, None)
    )
    if finder is not None:
        sys.meta_path.remove(finder)
    try:
        yield
    finally:
        if finder is not None:
            sys.meta_path.insert(place, finder)


@contextmanager
def _no_collecting() -> Iterator[None]:
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            if not gc.get_freeze_count():  # what somebody else has frozen stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
