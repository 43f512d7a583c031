"""Sending with a callback: nothing but a call waits for an answer that comes whole, no task, no coroutine and no future.

Facts
-----
* It is for a request that is sent again with the head that it had before (`core/standing.py` is for its answer). Whoever sends says of
  such a request, once, how it is asked; what that depends on besides the head is looked at each time.
* An answer that is no whole one, and one that does not come, is waited for by a coroutine, as any other: `goes_on` is handed it.
* Who wraps a `send` hides this, unless the wrapper offers `asking` itself: nothing is passed over by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

from gateway.core.model import Request, Response, Send


class Asker(Protocol):
    """Who asked; one of the two is called once, unless it gives up before."""

    def answered(self, answer: Response) -> None:
        """Hear of an answer whose body is whole. This raises nothing."""

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Wait for the answer by this, which has to be awaited. This raises nothing."""


class OnItsWay(Protocol):
    """A request that is on its way."""

    def abandon(self) -> None:
        """Hear that nobody waits for the answer any more; the asker is not called from now on."""


Ask: TypeAlias = Callable[[Request, Asker], OnItsWay | None]
"""Sends a request, once; None where nothing was sent: then it is for `send`. The asker is called later, never at once."""


def ask_of(send: Send, request: Request) -> Ask | None:
    """Return how the object whose method a `send` is, as `Upstream.send`, is asked this request, and each with the same head; None where only `send` can be."""
    asking: Callable[[Request], Ask | None] = getattr(getattr(send, "__self__", None), "asking", _never)
    return asking(request)


def _never(_: Request) -> Ask | None:
    return None
