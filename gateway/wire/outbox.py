"""Writes messages together at the end of a pass of the event loop, so that a reader is woken only once.

Facts
-----
* In one pass, the loop reads the input of all connections, and we write messages in between. Between two messages we work so long that
  a reader on the same machine handles the first message and falls asleep. Waking a reader for each message is expensive. It was half of
  the kernel's work for us, and took 20 of the 60 µs of a forwarded request.
* If the last pass had one message, the first message of this pass is written at once. Its reader then works while we finish the pass.
  With one connection, this saves a seventh of the time to the answer.
* If the last pass had several messages, the first message waits, too. This saves 2 of 26 µs.
* uvloop and asyncio's own loop do not collect messages.
"""

from __future__ import annotations

import asyncio

MOST = 64
"""Largest number of messages that wait. When this number is reached, all of them are written."""


class Outbox:
    """The messages that were written in this pass, for the connections that share it. Each message is whole and short."""

    __slots__ = ("_call_soon", "_in_pass", "_one_each", "_waiting")

    def __init__(self) -> None:
        """Take the running loop."""
        self._call_soon = asyncio.get_running_loop().call_soon
        self._in_pass = False
        """Whether this pass already had a message."""
        self._one_each = True
        """Whether the last pass had one message."""
        self._waiting: list[tuple[asyncio.WriteTransport, bytes]] = []

    def put(self, transport: asyncio.WriteTransport, message: bytes) -> None:
        """Write a message in this pass. A connection that is closing gets no message."""
        if not self._in_pass:
            self._in_pass = True
            self._call_soon(self._end_pass)
            if self._one_each:
                transport.write(message)
                return
        self._waiting.append((transport, message))
        if len(self._waiting) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Write the messages that wait. Call this before you write to one of the connections in another way, or close it."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for transport, message in waiting:
            try:
                if not transport.is_closing():
                    transport.write(message)
            except (OSError, RuntimeError):  # this connection is closed; the others get their messages
                transport.abort()

    def _end_pass(self) -> None:
        self._in_pass = False
        # a message that was written at once does not wait
        self._one_each = len(self._waiting) < (1 if self._one_each else 2)
        self.flush()
