"""Ends an app's connection: when its time is up, when its input is no message, after its last reply, or when the server stops.

Facts
-----
* If a client still sends when its connection is closed, the kernel sends a reset, and the client may lose the reply (RFC 9112 section
  9.6). So we end our side, and the client closes the connection.
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `BaseProtocol._paused`.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct, field

from gateway.core.errors import gateway_error
from gateway.core.model import Peer, Response
from gateway.core.tracebacks import place_of
from gateway.wire.app_input import Input, parser_of
from gateway.wire.app_output import Output
from gateway.wire.connections import Connections, Wait
from gateway.wire.handler import Handler, SentOn
from gateway.wire.outbox import Outbox
from gateway.wire.reading import ENDLESS_HEAD, Heads, Refusal
from gateway.wire.stepping import Running
from gateway.wire.writing import closing

HEAD_TIMEOUT = gateway_error(408, "head_timeout", "The request's head did not come within limits.head_timeout.")


class Site(Struct):
    """What the connections of one server share."""

    handler: Handler
    connections: Connections
    heads: Heads
    outbox: Outbox = field(default_factory=Outbox)
    """Writes short replies."""
    open: set[EndingConnection] = field(default_factory=set)
    stopping: bool = False
    """Whether each connection is to end with its current reply."""


class EndingConnection(Output):
    """An app's connection as it ends. `Connections` has its clocks. The bytes that it cannot parse are never quoted."""

    __slots__ = (
        "_busy",
        "_half_closed",
        "_input",
        "_peer",
        "_running",
        "_silent",
        "_site",
        "handshake",
        "waits_for",
    )

    def __init__(self, site: Site, loop: asyncio.AbstractEventLoop) -> None:
        longest = site.handler.max_head
        super().__init__(loop, parser_of(self, loop, longest), site.outbox)
        self._site = site
        self._peer = Peer()
        self.waits_for: Wait | None = None
        self.handshake: asyncio.Task[None] | None = None
        self._input = Input(longest)
        self._half_closed = False
        """Whether the client sends nothing more, but still reads."""
        self._busy = False
        """Whether a message is being answered."""
        self._running: Running | SentOn | None = None
        """Answers the current message, if that has to wait."""
        self._silent = False
        """Whether a fault leaves the current message without an answer."""

    # --- what `Connections` and the server tell -------------------------------------------------------------------------

    def overdue(self, wait: Wait) -> None:
        """Close: with a 408 if half a head has come (RFC 9110 section 15.5.9), at once if nothing more can be written."""
        wire, connections = self._wire, self._site.connections
        if wire is None:
            if self.handshake is not None:
                self.handshake.cancel()
            return
        if wait is Wait.ANSWER and self._busy and self._begun:
            return  # if the client has left, writing on will show it
        if wait in {Wait.ANSWER, Wait.READER, Wait.CLOSE} or wire.is_closing():
            if wait is Wait.READER:
                connections.count("client reads nothing", peer=self._peer.address)
            wire.abort()
            return
        if wait is Wait.HEAD and self._input.barren:
            seconds = connections.limits.head_seconds
            connections.count("head timed out", peer=self._peer.address, seconds=seconds)
            wire.write(closing(HEAD_TIMEOUT))
            self._end()
            return
        self._close()

    def give_way(self) -> None:
        """Close, since another connection needs the place."""
        self.abort()

    def stop(self) -> bool:
        """Close after the current reply, or now without a reply; return whether a message is still being answered."""
        if not self._busy:
            self._close()
        return self._busy

    def give_up(self) -> None:
        """Stop answering the current message."""
        running = self._running
        if running is None:
            return
        running.cancel()
        if not isinstance(running, Running):  # a cancelled `SentOn` calls nobody
            self._running, self._busy = None, False
            self._end()

    def end_silence(self) -> None:
        """End an exchange that a fault leaves without an answer."""
        if self._silent:
            self.give_up()

    @property
    def _is_last(self) -> bool:
        """Whether no message is answered after the current message."""
        return self._site.stopping or (self._half_closed and not self._input.messages)

    @property
    def ends_now(self) -> bool:
        """Whether the connection is to end with its current reply."""
        return self._is_last or self._site.connections.crowded

    async def silent(self, seconds: float) -> None:
        """Write nothing for `seconds`. If the client leaves or the server stops, the silence ends."""
        self._silent = True
        try:
            await asyncio.sleep(seconds if not self._half_closed and not self._site.stopping else 0)
        finally:
            self._silent = False

    # --- refusals -------------------------------------------------------------------------------------------------------

    def _refuse(self, refusal: Refusal) -> None:
        """Answer input that is not a message, and close. Neither the answer nor the log quotes the input."""
        self._tell_refusal(refusal, self._input.method)
        self._write_last(gateway_error(*refusal))

    def _tell_refusal(self, refusal: Refusal, method: str) -> None:
        """Log whose message is refused, and why."""
        about = {"code": refusal.code, "status": refusal.status, "reason": refusal.message}
        self._site.handler.warn("refused", peer=self._peer.address, method=method, **about)

    def _apologize(self) -> None:
        """Answer 500 and end, unless the reply has begun."""
        if not self._begun:
            self._write_last(gateway_error(500, "gateway_defect", "The gateway failed; its log says where."))

    def _write_last(self, response: Response) -> None:
        """Write one of the gateway's own replies, and end."""
        if (wire := self._wire) is not None and not wire.is_closing():
            wire.write(closing(response))
        self._end()

    def _tell_defect(self, error: BaseException) -> None:
        """Log where the error was raised. Its text is not logged, since it may quote the message."""
        self._site.handler.warn("defect", error=type(error).__name__, where=place_of(error))

    def _stop_reading_nothing(self) -> None:
        """Stop endless input."""
        self._input.barren = 0
        if self.waits_for is Wait.HEAD:
            self._refuse(ENDLESS_HEAD)
        else:
            self._input.break_off("more framing than body")

    # --- ends -----------------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        """End our side of the connection, and let the client close it (see Facts)."""
        self._input.end()
        wire, connections = self._wire, self._site.connections
        if wire is None or wire.is_closing():
            return
        if self._half_closed or connections.crowded or not wire.can_write_eof():
            self._close()
        else:
            wire.write_eof()
            connections.waits(self, Wait.READER if self._paused else Wait.CLOSE)

    def _close(self) -> None:
        """Close when all written bytes are out, but do not wait for ever."""
        self._input.end()
        if (wire := self._wire) is not None:
            wire.close()
            self._site.connections.waits(self, Wait.READER)

    def _waits_now(self, *, answering: bool) -> Wait | None:
        """Return the wait whose clock must run now; None while the gateway itself is at work."""
        if self._paused:
            return Wait.READER
        if answering:
            return Wait.ANSWER if self._half_closed else None
        return Wait.CLOSE if self._input.is_over else Wait.REQUEST
