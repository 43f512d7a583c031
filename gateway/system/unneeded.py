"""Modules that a library imports if they are there, and that we do not use of it: without them a start is shorter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Let an optional import of a package fail while the block runs; one that was imported before is left alone."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the documented way to make an import an ImportError
    try:
        yield
    finally:
        del sys.modules[name]
