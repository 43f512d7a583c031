"""What a server asks of whoever answers; it knows no more of them."""

from __future__ import annotations

from typing import Protocol

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


class Handler(Protocol):
    """Who answers."""

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
