"""Messages that are written together at the end of a pass of the event loop, so that their readers are woken once.

Facts
-----
* In one pass the loop reads what came on all connections. Between the messages that we write meanwhile lies our own work, for as long as
  a reader on this machine needs to deal with one and to fall asleep. To wake it up again for each message is dear: it was half of what
  the kernel did for us, and 20 µs of the 60 that a forwarded request took.
* The first message of a pass is written at once: where there is only one, nothing waits.
* uvloop writes when it is told to, and asyncio's own loop does, too: neither gathers anything.
"""

from __future__ import annotations

import asyncio

MOST = 64
"""How many messages wait at most; then they are written, and the next ones wait."""


class Outbox:
    """The messages that were written in this pass, for the connections that share it. Each is whole and short."""

    __slots__ = ("_call_soon", "_in_pass", "_waiting")

    def __init__(self) -> None:
        """Take the running loop."""
        self._call_soon = asyncio.get_running_loop().call_soon
        self._in_pass = False
        """Whether something was written in this pass already."""
        self._waiting: list[tuple[asyncio.WriteTransport, bytes]] = []

    def put(self, transport: asyncio.WriteTransport, message: bytes) -> None:
        """Have a message written in this pass. A connection that is closing gets none."""
        if self._in_pass:
            self._waiting.append((transport, message))
            if len(self._waiting) >= MOST:
                self.flush()
        else:
            self._in_pass = True
            self._call_soon(self._end_pass)
            transport.write(message)

    def flush(self) -> None:
        """Write what waits. Who writes to one of the connections otherwise, or closes it, calls this before."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for transport, message in waiting:
            try:
                if not transport.is_closing():
                    transport.write(message)
            except (OSError, RuntimeError):  # it is closed; those of the others go out
                transport.abort()

    def _end_pass(self) -> None:
        self._in_pass = False
        self.flush()
