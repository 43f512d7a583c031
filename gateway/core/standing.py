"""Asks whether an earlier result still holds, so that a repeated exchange is cheap.

Facts
-----
* The core computes nothing twice for the same head (`core/memo.py`). Some results depend on more than the head: the time, a device's
  place in a sequence, earlier exchanges. The part that computed such a result says each time whether the result still holds ("stands").
* A result that stands cannot be told from a computed one. So a part that confirms its result also does the side effects of the
  computation, such as counting a call.
* A transport that wraps a `send` hides `standing`, unless it offers `standing` itself. So no transport is skipped by accident.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.core.model import Request, Send

Stands: TypeAlias = Callable[[float], bool]
"""Takes a time, in seconds since the epoch, and says whether a result still holds."""
AllStand: TypeAlias = tuple[Stands, ...]
"""A result holds if all of these say so. They are called in this order, until one says no."""
Standing: TypeAlias = Callable[[Request], AllStand | None]
"""Takes a request that was just answered. Returns functions that tell whether the next equal request gets the same answer. None: the
answer may change each time."""


def always(_: float) -> bool:
    """Say that the result holds."""
    return True


def standing_of(send: Send) -> Standing:
    """Return the `standing` of the object that `send` belongs to, such as `Player.standing`."""
    standing: Standing = getattr(getattr(send, "__self__", None), "standing", _never)
    return standing


def _never(_: Request) -> AllStand | None:
    return None
