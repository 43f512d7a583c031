"""The interface between a server and its handler; the server knows nothing more about it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from gateway.core.memo import Keepsake
from gateway.core.model import Peer, Request, Response


class ToWrite(Protocol):
    """What is written to the app."""

    @property
    def response(self) -> Response:
        """The message."""

    @property
    def last(self) -> bool:
        """Whether the connection has to end with it."""

    async def ended(self) -> None:
        """Hear that its last byte is out, or that the client has left."""


class WholeToWrite(ToWrite, Protocol):
    """What is written to the app, with nothing in it that has to be waited for or closed."""

    @property
    def kept(self) -> Keepsake | None:
        """Where who writes it keeps what was written: the same for each reply to the same head, as long as that gets the same."""

    def end(self) -> None:
        """Hear that its last byte is out; this, or `ended`."""


class AwaitingApp(Protocol):
    """Whose message was sent on, and whose reply is awaited; one of the two is called once."""

    def replied(self, reply: Any) -> None:
        """Write a reply that is there: a `WholeToWrite`."""

    def goes_on(self, rest: Coroutine[Any, Any, ToWrite]) -> None:
        """Wait for the reply by this."""


class SentOn(Protocol):
    """A message that was sent on, and whose reply is awaited."""

    @property
    def rest(self) -> Coroutine[Any, Any, ToWrite] | None:
        """What is to be awaited for the reply, where nobody is called."""

    def cancel(self) -> object:
        """Hear that nobody waits for the reply any more, and call nobody."""


class Sender(Protocol):
    """Who may send a message on at once: a handler that has such a method offers it."""

    def __call__(self, received: Request, peer: Peer, app: Any, /) -> SentOn | None:
        """Send it on, and call `app`, which is `AwaitingApp`, with the reply. None where nothing was done."""


def sender_of(handler: Handler) -> Sender:
    """Return the `sent_at_once` of a handler; of one that has none, one that never sends."""
    sender: Sender = getattr(handler, "sent_at_once", never_sent)
    return sender


def never_sent(_: Request, __: Peer, ___: Any) -> None:
    """Send nothing on at once."""


class Handler(Protocol):
    """Answers messages."""

    @property
    def max_head(self) -> int:
        """Bytes that a message's first line and fields may have."""

    def at_once(self, received: Request, peer: Peer) -> WholeToWrite | None:
        """Return the reply to a message without a body, where it is there without a wait; else `answer` is asked."""

    async def answer(self, received: Request, peer: Peer) -> ToWrite:
        """Return the reply, whose `ended` is called once. A client that leaves before is a cancellation."""

    def warn(self, event: str, **about: object) -> None:
        """Hear of something that went wrong on the wire; `about` quotes nothing of a request."""

    async def finish(self, grace: float) -> None:
        """Wait until every reply has ended, at most `grace` seconds."""
