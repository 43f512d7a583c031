"""Steps that wait for nothing."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def at_once(step: Coroutine[Any, Any, T]) -> T:
    """Return what a step returns that waits for nothing: so an exchange needs no task for it."""
    try:
        step.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    step.close()
    message = "it waits"
    raise AssertionError(message)
