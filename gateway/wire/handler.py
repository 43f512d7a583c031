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


class SentOn(Protocol):
    """A message that was sent on, and whose reply is awaited."""

    def cancel(self) -> object:
        """Stop, because nobody waits for the reply any more. The app is not called after that."""


class AwaitingApp(Protocol):
    """A connection that waits for the reply to its message."""

    def sent_on(self, sent: SentOn) -> None:
        """Note that the message was sent on. Later, one of the other two methods is called once, unless `sent` is cancelled."""

    def replied(self, reply: Any) -> None:
        """Write a reply, a `WholeToWrite`, at once."""

    def goes_on(self, rest: Coroutine[Any, Any, ToWrite]) -> None:
        """Await `rest` for the reply."""


class Handler(Protocol):
    """Answers messages."""

    @property
    def max_head(self) -> int:
        """The most bytes that the head of a message may have."""

    def at_once(
        self, received: Request, peer: Peer, app: AwaitingApp, /
    ) -> WholeToWrite | Coroutine[Any, Any, ToWrite] | None:
        """Answer a message without a body, if this needs no task.

        There are four cases:

        * The reply is there: this returns it.
        * The message was sent on: this calls `app.sent_on`, and returns None. `app` gets the reply later.
        * The message's exchange has begun: this returns a coroutine that returns the reply.
        * The message needs a task: this returns None, without a call of `app`. The server then calls `answer`.
        """

    async def answer(self, received: Request, peer: Peer) -> ToWrite:
        """Return the reply. The server calls its `ended` once. If the client leaves before that, the coroutine is cancelled."""

    def warn(self, event: str, **about: object) -> None:
        """Report that something went wrong on the wire. `about` quotes nothing of a request."""

    async def finish(self, grace: float) -> None:
        """Wait until all replies have ended, for at most `grace` seconds."""
