"""A repeated exchange: the few values that differ from the earlier exchange, and the reply.

Facts
-----
* A repeated exchange has its own id and times. All other values are in the `Again`. So an observer that has reported the earlier exchange
  can report its repeats with little work (`OfRepeats.repeated`).
* Some header fields only number or trace a call. If a head differs only in these fields, its exchange is repeated, too. The repeat then
  has its own fields (`exchanges/traced.py`).
* The whole `Exchange` is built when an observer first asks for it. For most repeats, no observer asks.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from msgspec.structs import replace

from gateway.core.model import Exchange, Leg, Response
from gateway.exchanges.again import Again
from gateway.exchanges.traced import Traced


class Repeat:
    """A repeated exchange, which is also its own reply. Its writer ends it."""

    __slots__ = ("_end", "_exchange", "again", "at", "elapsed_ms", "id", "kept", "started", "traced")

    last = False
    """Whether the connection has to end with this reply."""
    leg_ms = 0.0
    """Time until the answer to a leg, in milliseconds. All legs have the same time."""

    def __init__(
        self, again: Again, id_: str, at: float, end: Callable[[Repeat], None], traced: Traced | None = None
    ) -> None:
        """`at`: when it began, in seconds since the epoch. `traced`: its header fields, if they differ from the earlier exchange's."""
        self.again = again
        self.id = id_
        self.at = at
        self.traced = traced
        self.kept = again.kept
        self.started = perf_counter()
        self.elapsed_ms = 0.0
        """Milliseconds until the reply's last byte was out, or the client had left."""
        self._end = end
        self._exchange: Exchange | None = None

    @property
    def response(self) -> Response:
        """The reply."""
        return self.again.reply

    @property
    def began(self) -> Exchange:
        """The exchange as it was when it began."""
        return Exchange(self.id, replace(self._own.received, id=self.id), at=self.at)

    @property
    def exchange(self) -> Exchange:
        """The exchange, after its end."""
        made = self._exchange
        if made is None:
            again, id_ = self._own, self.id
            made = self._exchange = Exchange(
                id_,
                replace(again.received, id=id_),
                tuple([Leg(replace(sent, id=id_), answer, self.leg_ms) for sent, answer in again.legs]),
                again.reply,
                self.elapsed_ms,
                again.findings + again.reply.notes,
                self.at,
            )
        return made

    @property
    def _own(self) -> Again:
        """The earlier exchange, with the header fields of this one."""
        return self.again if self.traced is None else self.again.with_fields(*self.traced.look())

    def end(self) -> None:
        """End the exchange: the whole reply is out."""
        self.elapsed_ms = (perf_counter() - self.started) * 1000
        self._end(self)

    async def ended(self) -> None:
        """End the exchange: the last byte is out, or the client has left."""
        self.end()
