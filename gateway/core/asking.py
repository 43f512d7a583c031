"""Sends a request, and gets the answer with a callback. If the answer comes whole, no task, coroutine or future waits for it.

Facts
-----
* It is for a request that is sent again with the same head. (`core/standing.py` is for its answer.) The sender is asked once for a
  function that sends this request. At each call, the function itself checks everything except the head.
* A coroutine waits for an answer that comes in pieces, or not at all. `goes_on` receives this coroutine.
* A transport that wraps a `send` hides `asking`, unless it offers `asking` itself. So no transport is skipped by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

from gateway.core.model import Request, Response, Send


class Asker(Protocol):
    """The side that waits for an answer. One of its two methods is called once, unless it gives up before."""

    @property
    def id(self) -> str:
        """The id of the request to send."""

    @property
    def outbound(self) -> Request:
        """The request to send. It is built when a sender first asks for it. A sender that remembers the head may not need it."""

    def answered(self, answer: Response) -> None:
        """Receive an answer whose body is whole. This raises nothing."""

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Receive a coroutine that returns the answer; it must be awaited. This raises nothing."""


class OnItsWay(Protocol):
    """A request that is on its way."""

    def abandon(self) -> None:
        """Give the request up: nobody waits for the answer any more. The asker is not called from now on."""


Ask: TypeAlias = Callable[[Asker], OnItsWay | None]
"""Sends the asker's request once. Returns None if it was not sent; then `send` must send it. The asker is called later, never at once."""


def ask_of(send: Send, request: Request) -> Ask | None:
    """Return the `asking` of the object that `send` belongs to, such as `Upstream`, for this request and all with the same head.

    None if the request must go through `send`.
    """
    asking: Callable[[Request], Ask | None] = getattr(getattr(send, "__self__", None), "asking", _never)
    return asking(request)


async def is_there(answer: Response) -> Response:
    """Return an answer that has come already, to code that awaits one."""
    return answer


def _never(_: Request) -> Ask | None:
    return None
