"""What an app is answered with: the reply of an exchange, which ends when it is written, or one that belongs to none."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from gateway.core.errors import gateway_error
from gateway.core.memo import Keepsake
from gateway.core.model import Exchange, Finding, Leg, Response
from gateway.exchanges.observers import Observers
from gateway.transports.bodies import close

CLIENT_LEFT = gateway_error(499, "client_left", "The client closed the connection before it was answered.")
"""What the log says of an exchange whose client did not wait; nobody receives it. 499 is nginx's name for that."""


class Refused:
    """A reply that belongs to no exchange."""

    def __init__(self, response: Response, *, last: bool = True) -> None:
        """`last`: the connection ends with it."""
        self.response = response
        self.last = last

    async def ended(self) -> None:
        """Nothing ends with it."""


class Reply:
    """The reply of an exchange, which ends when whoever writes it says so."""

    __slots__ = ("_end", "began", "findings", "kept", "legs", "observers", "response", "started")

    last = False
    """Whether the connection has to end with it."""

    def __init__(self, began: Exchange, observers: Observers, end: Callable[[Reply], None]) -> None:
        self.began = began
        self.observers = observers
        """Who hears of its end."""
        self.started = perf_counter()
        self.legs: list[Leg] = []
        self.findings: tuple[Finding, ...] = ()
        self.response = CLIENT_LEFT
        """What is written; until it is known, what is told of a client that leaves."""
        self.kept: Keepsake | None = None
        """Where who writes it keeps something for when the exchange is had again."""
        self._end = end

    def end(self) -> None:
        """Hear that all of a whole reply is out."""
        self._end(self)

    async def ended(self) -> None:
        """Hear that the last byte is out, or that the client has left."""
        try:
            for leg in self.legs:
                if not isinstance(
                    leg.response.body, bytes
                ):  # whatever was not read; what was written out has nothing left
                    await close(leg.response.body)
        finally:
            self._end(self)
