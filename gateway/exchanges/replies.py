"""Replies to apps. A `Reply` belongs to an exchange, and ends it; a `Refused` belongs to no exchange."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from gateway.core.errors import gateway_error
from gateway.core.memo import Keepsake
from gateway.core.model import Exchange, Finding, Leg, Response
from gateway.exchanges.observers import Observers
from gateway.transports.bodies import close

CLIENT_LEFT = gateway_error(499, "client_left", "The client closed the connection before it was answered.")
"""The log's answer for an exchange whose client left early; nobody receives it. nginx uses the status 499 for this."""


class Refused:
    """A reply that belongs to no exchange."""

    def __init__(self, response: Response, *, last: bool = True) -> None:
        """`last`: the connection ends with this reply."""
        self.response = response
        self.last = last

    async def ended(self) -> None:
        """Do nothing: no exchange ends with this reply."""


class Reply:
    """The reply of an exchange. The exchange ends when the reply's writer says so."""

    __slots__ = ("_end", "began", "findings", "kept", "legs", "observers", "response", "started")

    last = False
    """Whether the connection has to end with this reply."""

    def __init__(self, began: Exchange, observers: Observers, end: Callable[[Reply], None]) -> None:
        self.began = began
        self.observers = observers
        """The observers that hear of the exchange's end."""
        self.started = perf_counter()
        self.legs: list[Leg] = []
        self.findings: tuple[Finding, ...] = ()
        self.response = CLIENT_LEFT
        """What is written. Until it is known: what the log says if the client leaves."""
        self.kept: Keepsake | None = None
        """Where the reply's writer keeps the rendered bytes, for repeats of the exchange."""
        self._end = end

    def end(self) -> None:
        """End the exchange of a reply that was written whole, with no stream left to close."""
        self._end(self)

    async def ended(self) -> None:
        """Close what was not read, and end the exchange: the last byte is out, or the client has left."""
        try:
            for leg in self.legs:
                if not isinstance(leg.response.body, bytes):  # a stream that was written out has nothing left to close
                    await close(leg.response.body)
        finally:
            self._end(self)
