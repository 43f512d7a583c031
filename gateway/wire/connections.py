"""Counts the open connections of apps, and limits their number and their waiting times.

It knows neither HTTP nor sockets. A connection reports what it waits for, and is called when its time is up.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum
from time import monotonic
from typing import Protocol

from msgspec import Struct

from gateway.system.descriptors import MOST

IDLE_SECONDS = 75.0
"""How long a connection may wait for its next request."""
ANSWER_SECONDS = 30.0
"""Seconds in which a client that has closed its side still gets an answer. If it has left, we notice only when we write."""
CLOSE_SECONDS = 5.0
"""How long a client that has its last reply may take to close."""
STALLED_SECONDS = 60.0
"""How long a client may take nothing of what is written to it."""
HURRY = 20
"""While new connections wait, a head gets only this part of its time: 300 half-open connections must not block the queue for minutes."""
STEP = 100
"""How many connections are closed in one go, so that nobody waits long for the loop."""
QUIET_SECONDS = 10.0
"""Seconds between two log lines about the same trouble with one peer; events in between are counted."""
TALLIES = 200
"""How many kinds of trouble and peers are told apart at one time."""


class Wait(Enum):
    """What a connection waits for while a clock runs."""

    HEAD = "a request's head"
    """From accepting, or from a later head's first byte, to the head's end."""
    REQUEST = "the next request"
    ANSWER = "the answer, half-closed"
    READER = "the client to read"
    CLOSE = "the client to close after its last reply"

    __hash__ = object.__hash__  # the hash of Enum is written in Python, and each exchange needs it five times


class Limits(Struct, frozen=True):
    """The limits of connections."""

    most: int = MOST
    """How many may be open at once."""
    head_seconds: float = 10.0
    """Seconds that the head of a request may take; the same for a TLS handshake."""


class Connection(Protocol):
    """A connection, as it is counted here."""

    waits_for: Wait | None
    """Set by `Connections.waits`."""
    handshake: asyncio.Task[None] | None
    """The task that makes its transport; None when the transport exists."""

    def overdue(self, wait: Wait) -> None:
        """Handle that the time for `wait` is up."""

    def give_way(self) -> None:
        """Close at once: this connection is idle, and another one needs its place."""


class Tally:
    """Counts an event that may happen often. It reports the first one at once, and then at most one number every `QUIET_SECONDS`."""

    def __init__(self, say: Callable[[int], None]) -> None:
        self._say = say
        self._count = 0
        self._said_at: float | None = None

    def add(self, now: float) -> None:
        """Count an event."""
        self._count += 1
        self.tell(now)

    def is_over(self, now: float) -> bool:
        """Return whether no event happened in the last `QUIET_SECONDS`."""
        return not self._count and self._said_at is not None and now - self._said_at >= QUIET_SECONDS

    def tell(self, now: float) -> None:
        """Report the new events, if the last report is old enough."""
        if self._count and (self._said_at is None or now - self._said_at >= QUIET_SECONDS):
            count, self._count, self._said_at = self._count, 0, now
            self._say(count)


class Connections:
    """The open connections. For each kind of wait they are in the order of their waiting times."""

    def __init__(self, limits: Limits, warn: Callable[..., None], clock: Callable[[], float] = monotonic) -> None:
        self.limits = limits
        self._warn = warn
        self._clock = clock
        self._open: set[Connection] = set()
        self._seconds = {
            Wait.HEAD: limits.head_seconds,
            Wait.REQUEST: IDLE_SECONDS,
            Wait.ANSWER: ANSWER_SECONDS,
            Wait.READER: STALLED_SECONDS,
            Wait.CLOSE: CLOSE_SECONDS,
        }
        self._since: dict[Wait, OrderedDict[Connection, float]] = {wait: OrderedDict() for wait in Wait}
        self._idle = self._since[Wait.REQUEST]  # to hash a member of an Enum is a call
        self._changed = asyncio.Event()
        self._newcomers = 0
        self.crowded = False
        """Whether new connections wait for a place. Then a connection closes after its current reply."""
        self._pauses = 0
        self._gave_way = 0
        self._last_pause = 0.0
        self._tallies: dict[tuple[object, ...], Tally] = {}

    def __len__(self) -> int:
        return len(self._open)

    def limit(self, limits: Limits) -> None:
        """Use other limits. Open connections stay open."""
        self.limits = limits
        self._seconds[Wait.HEAD] = limits.head_seconds
        self._changed.set()

    def opened(self, connection: Connection) -> None:
        """Count an accepted connection. It waits for its first head."""
        self._open.add(connection)
        self.waits(connection, Wait.HEAD)

    def closed(self, connection: Connection) -> None:
        """Remove a closed connection. A second call changes nothing."""
        self.waits(connection, None)
        self._open.discard(connection)
        self._changed.set()

    def waits(self, connection: Connection, wait: Wait | None) -> None:
        """Note what `connection` waits for, and start its clock. If it already waited for the same, the clock runs on."""
        before = connection.waits_for
        if before is wait or connection not in self._open:
            return
        if before is not None:
            self._since[before].pop(connection, None)
        connection.waits_for = wait
        if wait is not None:
            self._since[wait][connection] = self._clock()
            if self._newcomers and (wait is Wait.REQUEST or wait is Wait.CLOSE):
                self._changed.set()

    def goes_on(self, connection: Connection, wait: Wait | None) -> None:
        """Note what `connection` waits for, and restart its clock in any case, because it was served meanwhile."""
        before = connection.waits_for
        if wait is None or (before is not wait and before is not None) or connection not in self._open:
            self.waits(connection, wait)
            return
        since = self._idle if wait is Wait.REQUEST else self._since[wait]
        since[connection] = self._clock()
        if before is not None:
            since.move_to_end(connection)
            return
        connection.waits_for = wait
        if self._newcomers:
            self._changed.set()

    async def room(self) -> None:
        """Return when one more connection may be opened.

        The longest idle connection is closed for it. If no connection is idle, wait until one ends.
        """
        if len(self._open) < self.limits.most:
            return
        self._newcomers += 1
        self.crowded = True
        try:
            while len(self._open) >= self.limits.most:
                self._changed.clear()
                idle = self._since[Wait.CLOSE] or self._since[Wait.REQUEST]
                if idle:
                    connection, _ = idle.popitem(last=False)
                    connection.waits_for = None
                    self._gave_way += 1
                    connection.give_way()
                else:
                    self._say_full()
                await self._changed.wait()
        finally:
            self._newcomers -= 1
            self.crowded = self._newcomers > 0

    async def change(self) -> None:
        """Wait until a connection has closed or become idle."""
        self._changed.clear()
        await self._changed.wait()

    def count(self, event: str, **about: object) -> None:
        """Report an event, or how often it happened since the last report. With very many peers at once, the report names no peer."""
        key = event, *about.values()
        if key not in self._tallies and len(self._tallies) >= TALLIES:
            key, about = (event,), {}
        if key not in self._tallies:
            self._tallies[key] = Tally(lambda count: self._warn(event, **about, count=count))
        self._tallies[key].add(self._clock())

    def sweep(self) -> bool:
        """Call `overdue` of connections whose time is up, at most `STEP` of them. Return whether more may be left."""
        now = self._clock()
        left = STEP
        for wait, since in self._since.items():
            seconds = self._seconds[wait] / (HURRY if wait is Wait.HEAD and self.crowded else 1)
            while since and left and now - next(iter(since.values())) >= seconds:
                connection, _ = since.popitem(last=False)
                connection.waits_for = None
                connection.overdue(wait)
                left -= 1
        for key, tally in list(self._tallies.items()):
            tally.tell(now)
            if tally.is_over(now):
                del self._tallies[key]
        if self._pauses and not self._newcomers and now - self._last_pause >= QUIET_SECONDS:
            self._warn("connections no longer full", paused=self._pauses, idle_closed=self._gave_way)
            self._pauses = self._gave_way = 0
        return not left

    @property
    def pace(self) -> float:
        """Seconds between two sweeps."""
        return min(0.25, *(seconds / (2 * HURRY) for seconds in self._seconds.values()))

    def _say_full(self) -> None:
        self._last_pause = self._clock()
        self._pauses += 1
        if self._pauses == 1:
            self._warn(
                "connections full",
                limit=self.limits.most,
                hint="nothing is accepted until one closes; raise limits.max_connections, or the descriptors (ulimit -n)",
            )
