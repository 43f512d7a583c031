"""The protocol of an app's connection: gets a reply to each message in turn, and writes the replies.

Facts
-----
* A message that needs no waiting is answered inside `data_received`. Its reply is one write, at the end of the loop's pass at the latest
  (`outbox.py`).
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `BaseProtocol`, which keeps reading and writing in step: `_parser`,
  `_paused`, `_buffer_paused`, `_pause_reading_for_buffer`, `_resume_reading_for_buffer`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import CoroutineType
from typing import Any

from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from gateway.core.errors import gateway_error
from gateway.core.model import Early, Peer, Response
from gateway.wire import reading, stepping
from gateway.wire.app_ending import EndingConnection, Site
from gateway.wire.app_output import SHORT
from gateway.wire.connections import Wait
from gateway.wire.handler import SentOn, ToWrite, WholeToWrite
from gateway.wire.http1 import response_head
from gateway.wire.reading import Head, Refusal, with_body
from gateway.wire.replying import swallow, write_reply
from gateway.wire.stepping import begin
from gateway.wire.writing import render

PIPELINED = 2
"""If this many requests wait behind the current request, reading stops. Requests that came in the same piece wait, too."""
TURN = 8
"""How many requests of one connection are answered in one go, before other connections have their turn."""


class AppConnection(EndingConnection):
    """One connection of an app."""

    __slots__ = ("_head", "speaks_for")

    def __init__(self, site: Site, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(site, loop)
        self.speaks_for = ""
        """The client's address, if a proxy named it before the first byte; else empty."""
        self._head: Head
        """The head of the current message."""

    # --- what asyncio tells ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find out the peer's address."""
        super().connection_made(transport)
        self._site.open.add(self)
        peer = transport.get_extra_info("peername")
        address = peer[0] if isinstance(peer, tuple | list) and peer else peer or ""
        self._peer = Peer(self.speaks_for or str(address), Early(self._pass_on_early))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop counting the connection, and end the work for its client."""
        self._input.end()
        if self._peer.early is not None:
            self._peer.early.end()
        self._input.break_off("the client has left")
        super().connection_lost(exc)
        self._parser = None
        self._site.open.discard(self)
        self.give_up()
        self._site.connections.closed(self)

    def data_received(self, data: bytes) -> None:
        """Parse the input, and answer each message that does not have to wait."""
        coming = self._input
        if coming.aligned and not self._busy and not coming.messages:
            head = self._site.heads.get(data)
            if head is not None and len(data) <= self._site.handler.max_head:
                coming.barren = 0
                self._answer(head, EMPTY_PAYLOAD)
                return
        if coming.is_over or self._parser is None:
            return
        if not coming.feed(self._parser, data, busy=self._busy) and data and self.waits_for is Wait.REQUEST:
            self._site.connections.waits(self, Wait.HEAD)
        if coming.is_endless:
            self._stop_reading_nothing()
        if not self._busy and coming.messages:
            self._serve(data if coming.aligned else b"")
        if len(coming.messages) >= PIPELINED and not self._buffer_paused:
            self._pause_reading_for_buffer()

    def eof_received(self) -> bool:
        """Leave the connection open for the answers that are due: a client that has ended its side may still read (RFC 9112 section 9.6).

        A client that has left looks the same, until a write fails or `ANSWER_SECONDS` have passed. A TLS connection is never half closed.
        """
        self._input.aligned = False
        self._outbox.flush()
        self._input.break_off("cut off")
        self.end_silence()
        idle = not self._busy and not self._input.messages
        if idle or self.transport is None or self.transport.get_extra_info("sslcontext") is not None:
            return False
        self._half_closed = True
        self._site.connections.waits(self, self._waits_now(answering=True))
        return True

    def pause_writing(self) -> None:
        """Start the clock for a client that does not read."""
        super().pause_writing()
        self._site.connections.waits(self, Wait.READER)

    def resume_writing(self) -> None:
        """Stop that clock."""
        super().resume_writing()
        self._site.connections.waits(self, self._waits_now(answering=self._busy))

    # --- one message after another --------------------------------------------------------------------------------------

    def _serve(self, data: bytes = b"") -> None:
        """Answer waiting messages, a few in one go. `data`: the bytes of the message, if the same bytes may come again."""
        messages = self._input.messages
        for _ in range(TURN):
            if self._busy or not messages or self.transport is None:
                break
            head, payload = self._input.take(self._parser, self._site.handler.max_head)
            if isinstance(head, Refusal):
                self._refuse(head)
                return
            if data and payload is EMPTY_PAYLOAD and head.serves_again and head.refusal is None:
                head = self._site.heads.put(data, head)
            self._answer(head, payload)
        if not messages:
            if self._buffer_paused:
                self._read_on()
        elif not self._busy:
            self._loop.call_soon(self._serve)

    def _read_on(self) -> None:
        """Parse the messages that the parser has held back, then resume reading."""
        self.data_received(b"")
        if self._buffer_paused and len(self._input.messages) < PIPELINED:
            self._resume_reading_for_buffer()

    def _answer(self, head: Head, payload: StreamReader) -> None:
        """Answer a message: at once if its handler can, otherwise with a coroutine."""
        self._busy, self._begun, self._head = True, False, head
        if self._half_closed:
            self._site.connections.waits(self, self._waits_now(answering=True))
        reply: WholeToWrite | Coroutine[Any, Any, ToWrite] | None = None
        if payload is EMPTY_PAYLOAD and head.refusal is None and not stepping.ALWAYS_TASKS:
            try:
                reply = self._site.handler.at_once(head.request, self._peer, self)
                if reply is None:
                    if self._running is not None:  # the message was sent on
                        return
                elif not isinstance(reply, CoroutineType) and self._written_at_once(head, reply):  # type: ignore[arg-type]  # the type of each coroutine
                    return
            except Exception as error:  # noqa: BLE001  # as in `_exchange`
                self._tell_defect(error)
                self._apologize()
                self._busy = False
                self._end()
                return
        self._run(head, payload, reply)

    def _run(self, head: Head, payload: StreamReader, reply: ToWrite | Coroutine[Any, Any, ToWrite] | None) -> None:
        """Answer a message with a coroutine, and run it until it has to wait."""
        try:
            self._running = begin(self._exchange(head, payload, reply), self._loop, self._answered)
        except asyncio.CancelledError:  # its request was given up; the connection has ended
            return
        if self._running is not None:
            self._site.connections.waits(self, self._waits_now(answering=True))

    def sent_on(self, sent: SentOn) -> None:
        """Wait for the reply to the current message, which was sent on."""
        self._running = sent
        waits = self._waits_now(answering=True) if self._paused or self._half_closed else None
        self._site.connections.waits(self, waits)

    def replied(self, reply: WholeToWrite) -> None:
        """Write the reply to the message that was sent on, and go on."""
        self._running = None
        try:
            written = self._written_at_once(self._head, reply)
        except Exception as error:  # noqa: BLE001  # as in `_exchange`
            self._tell_defect(error)
            self._apologize()
            self._busy, written = False, True
            self._end()
        if not written:
            self._run(self._head, EMPTY_PAYLOAD, reply)
        if not self._busy and (self._input.messages or self._buffer_paused):
            self._serve()

    def goes_on(self, rest: Coroutine[Any, Any, ToWrite]) -> None:
        """Wait for the reply to the message that was sent on."""
        self._running = None
        self._run(self._head, EMPTY_PAYLOAD, rest)
        if not self._busy:
            self._serve()

    def _answered(self, error: BaseException | None) -> None:
        """Go on with the next message: the coroutine is done."""
        self._running = None
        self._busy = False  # also if it was cancelled before its first step
        if isinstance(error, Exception):
            self._tell_defect(error)
        self._serve()

    def _written_at_once(self, head: Head, reply: WholeToWrite) -> bool:
        """Write a reply, and go on; return False if only `write_reply` can write it."""
        site, wire = self._site, self.transport
        if self._half_closed or self._paused or site.stopping or wire is None or wire.is_closing():
            return False
        if site.connections.crowded:
            return False
        kept = reply.kept if not head.http10 else None
        written: tuple[bytes, bytes] | None = kept.written if kept is not None else None
        if written is None:
            rendered = render(head, reply.response, last=False)
            if rendered.stream is not None or not rendered.serves_again or len(rendered.start) > SHORT:
                return False
            written = rendered.parted(reply.response.body)
            if kept is not None:
                kept.written = written
        self._begun = True
        self._outbox.put(wire, written[0] + written[1])
        reply.end()
        self._busy = False
        site.connections.goes_on(self, Wait.READER if self._paused else Wait.REQUEST)
        return True

    async def _exchange(
        self, head: Head, payload: StreamReader, reply: ToWrite | Coroutine[Any, Any, ToWrite] | None
    ) -> None:
        """Get the reply to one message, and write it; then the connection goes on, or ends."""
        serves_again = False
        try:
            serves_again = await self._reply(head, payload, reply)
            if not serves_again and not payload.is_eof():
                await asyncio.sleep(0)  # until its reader has given up
                await swallow(self, payload, reading.LINGER_SECONDS)
        except ConnectionError:
            pass  # the client has left, or its body broke off: nobody waits for an answer
        except Exception as error:  # noqa: BLE001  # whatever goes wrong, the client is not left waiting
            self._tell_defect(error)
            self._apologize()
        finally:
            if self._running is None:  # else `_answered` does this
                self._busy = False
            if serves_again and not self._is_last:
                self._site.connections.goes_on(self, self._waits_now(answering=False))
            else:
                self._end()

    async def _reply(
        self, head: Head, payload: StreamReader, reply: ToWrite | Coroutine[Any, Any, ToWrite] | None
    ) -> bool:
        """Write the reply, and return whether the connection serves again. `reply`: a known reply, or the coroutine that returns it."""
        if head.refusal is not None:
            self._tell_refusal(head.refusal, head.request.method)
            self.write(render(head, gateway_error(*head.refusal), last=True).start)
            return False
        received = head.request if payload is EMPTY_PAYLOAD else with_body(head, payload, self.write_interim)
        if reply is None:
            reply = await self._site.handler.answer(received, self._peer)
        elif isinstance(reply, Coroutine):
            reply = await reply
        try:
            return await write_reply(self, head, received, payload, reply)
        finally:
            await reply.ended()

    def _pass_on_early(self, answer: Response) -> None:
        """Write an interim answer, if the client knows interim answers (RFC 9110 section 15.2) and reads."""
        if self._busy and not self._head.http10 and not self._paused:
            self.write_interim(response_head(answer.status, answer.reason, answer.headers.raw))
