"""Skips optional modules of a library that the gateway does not use. So a start is faster."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Let an optional import of a package fail while the block runs. A package that was imported before stays."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the documented way to make an import an ImportError
    try:
        yield
    finally:
        del sys.modules[name]
