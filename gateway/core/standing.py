"""Asks whether an earlier result still holds, so that a repeated exchange is cheap.

Facts
-----
* The core works nothing out twice for the same head (`core/memo.py`). Some results depend on more: the time, a device's place in a
  sequence, what went before. Who worked one out says whether it stands, each time.
* A result that stands is as good as one that is worked out again, in all that can be seen of it. So whoever says that it stands has
  also done what working it out does besides, such as counting a call.
* Who wraps a `send` hides what stands behind it, unless the wrapper offers `standing` itself: nothing is passed over by accident.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.core.model import Request, Send

Stands: TypeAlias = Callable[[float], bool]
"""Says at a time, in seconds since the epoch, whether a result stands."""
AllStand: TypeAlias = tuple[Stands, ...]
"""A result stands if all of these say so. They are asked in this order, until one says no."""


def always(_: float) -> bool:
    """Say that it stands."""
    return True


def standing_of(send: Send) -> Callable[[Request], AllStand | None]:
    """Return the `standing` of the object whose method a `send` is, as `Player.standing`.

    For a request which has just got its answer, that returns how to see whether the next one gets the same; None if each time another may be due.
    """
    standing: Callable[[Request], AllStand | None] = getattr(getattr(send, "__self__", None), "standing", _never)
    return standing


def _never(_: Request) -> AllStand | None:
    return None
