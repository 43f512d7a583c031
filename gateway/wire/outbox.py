"""Writes the replies of one turn of the event loop together, at the turn's end.

Facts
-----
* A write wakes up whoever waits for the reply, and to wake up a process takes the kernel longer than to write. While a load balancer
  or a load generator is being woken up for the first reply of a turn, all others can be written, and wake up nobody.
* One call of the loop writes them all. It runs when everything was read that had come when the turn began, before the loop waits.
* The ends of the exchanges are told when all replies are written: no reply waits for the log line of another one.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

MOST = 32
"""How many replies wait at most: with more, those who are answered first would wait for too many others."""


class Leaving(Protocol):
    """A connection whose reply waits to be written."""

    def write_out(self, data: bytes) -> None:
        """Write the reply. A client that has left is no error."""

    def written_out(self) -> None:
        """Hear that the replies of the turn are written: end the exchange, and go on."""


class Outbox:
    """The replies that wait for the end of a turn."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[tuple[Leaving, bytes]] = []

    def put(self, connection: Leaving, data: bytes, loop: asyncio.AbstractEventLoop) -> None:
        """Have a reply written; until its `written_out` is called, nothing else may be written to its connection."""
        waiting = self._waiting
        if not waiting:
            loop.call_soon(self.send)
        waiting.append((connection, data))
        if len(waiting) >= MOST:
            self.send()

    def send(self) -> None:
        """Write everything that waits, now."""
        waiting, self._waiting = self._waiting, []
        for connection, data in waiting:
            connection.write_out(data)
        for connection, _ in waiting:
            connection.written_out()
