"""The interface between a server and its handler; the server knows nothing more about it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from gateway.core.memo import Keepsake
from gateway.core.model import Peer, Request, Response


class ToWrite(Protocol):
    """A reply that the server writes to the app."""

    @property
    def response(self) -> Response:
        """The message."""

    @property
    def last(self) -> bool:
        """Whether the connection must be closed after it."""

    async def ended(self) -> None:
        """End the reply: its last byte was written, or the client has left. This is called once."""


class WholeToWrite(ToWrite, Protocol):
    """A reply whose body is whole: the server can write it without waiting."""

    @property
    def kept(self) -> Keepsake | None:
        """The server keeps the written bytes here. Repeated exchanges share it, so their reply is rendered once."""

    def end(self) -> None:
        """End the reply, whose last byte was written. This is called in place of `ended`."""


class AwaitingApp(Protocol):
    """A connection whose message was sent on and whose reply is awaited. One of the two methods is called, once."""

    def replied(self, reply: Any) -> None:
        """Write a reply, a `WholeToWrite`, at once."""

    def goes_on(self, rest: Coroutine[Any, Any, ToWrite]) -> None:
        """Await `rest` for the reply."""


class SentOn(Protocol):
    """A message that was sent on, and whose reply is awaited."""

    @property
    def rest(self) -> Coroutine[Any, Any, ToWrite] | None:
        """The coroutine that returns the reply, if the app is not called."""

    def cancel(self) -> object:
        """Stop, because nobody waits for the reply any more. The app is not called after that."""


class Sender(Protocol):
    """The optional method of a handler that sends a message on without a task."""

    def __call__(self, received: Request, peer: Peer, app: Any, /) -> SentOn | None:
        """Send the message on, and call `app` (an `AwaitingApp`) with the reply. Return None if nothing was sent."""


def sender_of(handler: Handler) -> Sender:
    """Return the method `sent_at_once` of a handler, or `never_sent` if the handler has no such method."""
    sender: Sender = getattr(handler, "sent_at_once", never_sent)
    return sender


def never_sent(_: Request, __: Peer, ___: Any) -> None:
    """Send nothing, and return None."""


class Handler(Protocol):
    """Answers messages."""

    @property
    def max_head(self) -> int:
        """The most bytes that the head of a message may have."""

    def at_once(self, received: Request, peer: Peer) -> WholeToWrite | None:
        """Return the reply to a message without a body, if that needs no waiting. Otherwise return None; the server then calls `answer`."""

    async def answer(self, received: Request, peer: Peer) -> ToWrite:
        """Return the reply. The server calls its `ended` once. If the client leaves before that, the coroutine is cancelled."""

    def warn(self, event: str, **about: object) -> None:
        """Report that something went wrong on the wire. `about` quotes nothing of a request."""

    async def finish(self, grace: float) -> None:
        """Wait until all replies have ended, for at most `grace` seconds."""
