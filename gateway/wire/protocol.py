"""The protocol of an app's connection: reads messages, gets a reply to each in turn, and writes the replies.

Facts
-----
* Messages are parsed by aiohttp's C parser. Its server is not used: a request object, a writer and two tasks for each exchange cost
  more than a replay does. A message that needs no waiting is answered inside `data_received`. Its reply is one write, at the end of the
  loop's pass at the latest (`outbox.py`).
* After a parse error, the parser also drops the messages that came before the error in the same piece.
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `HttpRequestParser` (its `feed_data`, `message_consumed`, and a
  limit of messages after which it waits), and `BaseProtocol`, which keeps reading and writing in step: `_parser`, `_buffer_paused`,
  `_pause_reading_for_buffer`, `_resume_reading_for_buffer`, `_drain_helper`, `writing_paused`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Coroutine, Sequence
from time import monotonic
from types import CoroutineType
from typing import Any, TypeAlias

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError, HttpRequestParser, RawRequestMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from msgspec import Struct, field

from gateway.core.errors import gateway_error
from gateway.core.model import BodyTruncatedError, Early, Peer, Response
from gateway.core.tracebacks import place_of
from gateway.wire import c_parser, reading, stepping
from gateway.wire.breaking import write_damaged
from gateway.wire.connections import Connections, Wait
from gateway.wire.first_line import FirstLine
from gateway.wire.handler import Handler, SentOn, ToWrite, WholeToWrite
from gateway.wire.http1 import response_head
from gateway.wire.outbox import Outbox
from gateway.wire.reading import (
    ENDLESS_HEAD,
    MAX_FIELDS,
    Head,
    Heads,
    Incoming,
    Refusal,
    UploadError,
    method_in,
    read_head,
    unparsed,
    with_body,
)
from gateway.wire.stepping import Running, begin
from gateway.wire.writing import Rendered, closing, render, write_stream

c_parser.insist()

FRAMING = 8192
"""Bytes that a head may have besides its first line and its fields: separators, and empty lines before it."""
BUFFER = 1 << 16
"""Bytes of an upload that may wait to be passed on. At twice as many, reading stops."""
LONGEST_METHOD = 20
PIPELINED = 2
"""If this many requests wait behind the current request, reading stops. Requests that came in the same piece wait, too."""
PARSED = 32
"""How many requests of one piece are parsed ahead: more than `TURN` and `PIPELINED` together, so that we ask the parser for the others."""
SHORT = 1 << 13
"""A reply of at most this many bytes counts as written when the transport has it. The transport may still wait for the client."""
TURN = 8
"""How many requests of one connection are answered in one go, before other connections have their turn."""
BODY_SECONDS = 0.5
"""How long a reply waits for a short body that nobody reads, so that the connection can go on."""
HEAD_TIMEOUT = gateway_error(408, "head_timeout", "The request's head did not come within limits.head_timeout.")

_END = b"\r\n\r\n"
_Received: TypeAlias = RawRequestMessage | HttpProcessingError
"""A message, or the parser's error."""


class Site(Struct):
    """What the connections of one server share."""

    handler: Handler
    connections: Connections
    heads: Heads
    outbox: Outbox = field(default_factory=Outbox)
    """Writes short replies."""
    open: set[AppConnection] = field(default_factory=set)
    stopping: bool = False
    """Whether each connection is to end with its current reply."""


class AppConnection(BaseProtocol):
    """One connection of an app. `Connections` has its clocks. The bytes that it cannot parse are never quoted."""

    __slots__ = (
        "_aligned",
        "_barren",
        "_begun",
        "_busy",
        "_content",
        "_count",
        "_deaf",
        "_first_line",
        "_half_closed",
        "_head",
        "_http10",
        "_max_head",
        "_messages",
        "_payload",
        "_peer",
        "_progress",
        "_running",
        "_silent",
        "_site",
        "_start",
        "handshake",
        "speaks_for",
        "waits_for",
    )

    def __init__(self, site: Site, loop: asyncio.AbstractEventLoop) -> None:
        longest = site.handler.max_head
        parser = HttpRequestParser(
            self,
            loop,
            BUFFER,
            max_line_size=longest,
            max_field_size=longest,
            max_headers=MAX_FIELDS,
            payload_exception=UploadError,
            auto_decompress=False,
            max_msg_queue_size=PARSED,
        )
        super().__init__(loop, parser)
        self._site = site
        self._max_head = longest
        self._peer = Peer()
        self.waits_for: Wait | None = None
        self.handshake: asyncio.Task[None] | None = None
        self.speaks_for = ""
        """The client's address, if a proxy named it before the first byte; else empty."""
        self._messages: deque[tuple[_Received, StreamReader]] = deque()
        """Parsed messages that wait for their turn."""
        self._busy = False
        """Whether a message is being answered."""
        self._running: Running | SentOn | None = None
        """Answers the current message, if that has to wait."""
        self._head: Head
        """The head of the current message."""
        self._content: StreamReader = EMPTY_PAYLOAD
        """The body of the current message."""
        self._begun = False
        """Whether the current reply has begun to be written."""
        self._http10 = False
        """Whether the client speaks HTTP/1.0, so that it knows no interim answers."""
        self._silent = False
        """Whether a fault leaves the current message without an answer."""
        self._first_line = FirstLine(longest)
        self._half_closed = False
        self._deaf = False
        """Whether further input is dropped: the connection ends, or its input cannot be read on."""
        self._aligned = True
        """Whether the next byte is the first of a message, as far as the parser has seen."""
        self._count = 0
        """Messages so far."""
        self._payload: StreamReader = EMPTY_PAYLOAD
        """The body of the newest message."""
        self._start = b""
        """The first bytes of a message that is not parsed yet; empty while another message is answered."""
        self._progress = 0
        """Grows with each message and each byte of a body."""
        self._barren = 0
        """Bytes since `_progress` last grew: of a head, or of a body's framing."""

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
        self._close_ears()
        if self._peer.early is not None:
            self._peer.early.end()
        self._break_off_uploads("the client has left")
        super().connection_lost(exc)
        self._parser = None
        self._site.open.discard(self)
        self._cancel()
        self._site.connections.closed(self)

    def data_received(self, data: bytes) -> None:
        """Parse the input, and answer each message that does not have to wait."""
        if self._aligned and not self._busy and not self._messages:
            head = self._site.heads.get(data)
            if head is not None and len(data) <= self._site.handler.max_head:
                self._barren = 0
                self._answer(head, EMPTY_PAYLOAD)
                return
        if self._deaf or self._parser is None:
            return
        self._parse(self._parser, data)
        if not self._busy and self._messages:
            self._serve(data if self._aligned else b"")
        if len(self._messages) >= PIPELINED and not self._buffer_paused:
            self._pause_reading_for_buffer()

    def eof_received(self) -> bool:
        """Leave the connection open for the answers that are due: a client that has ended its side may still read (RFC 9112 section 9.6).

        A client that has left looks the same, until a write fails or `ANSWER_SECONDS` have passed. A TLS connection is never half closed.
        """
        self._aligned = False
        self._site.outbox.flush()
        self._break_off_uploads("cut off")
        self.end_silence()
        idle = not self._busy and not self._messages
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
        if wait is Wait.HEAD and self._barren:
            seconds = connections.limits.head_seconds
            connections.count("head timed out", peer=self._peer.address, seconds=seconds)
            wire.write(closing(HEAD_TIMEOUT))
            self._end()
            return
        self._close()

    def give_way(self) -> None:
        """Close, since another connection needs the place."""
        if (wire := self._wire) is not None:
            wire.abort()

    def stop(self) -> bool:
        """Close after the current reply, or now without a reply; return whether a message is still being answered."""
        if not self._busy:
            self._close()
        return self._busy

    def give_up(self) -> None:
        """Stop answering the current message."""
        self._cancel()

    def _cancel(self) -> None:
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

    # --- where replies go ----------------------------------------------------------------------------------------------

    @property
    def _wire(self) -> asyncio.Transport | None:
        """The transport, after the outbox was emptied; for every write past the outbox, and for closing."""
        self._site.outbox.flush()
        return self.transport

    def write(self, data: bytes) -> None:
        """Write to the client."""
        wire = self._wire
        if wire is None or wire.is_closing():
            raise ConnectionResetError
        if data:
            self._begun = True
            wire.write(data)

    def _write_whole(self, data: bytes) -> None:
        """Write a whole reply. A short reply goes out together with the replies of other connections."""
        wire = self.transport
        if len(data) > SHORT or wire is None or wire.is_closing():
            self.write(data)
            return
        self._begun = True
        self._site.outbox.put(wire, data)

    async def drained(self) -> None:
        """Wait while the client does not read."""
        if self._paused:
            await self._drain_helper()
            if self.transport is None:
                raise ConnectionResetError

    def reset(self) -> None:
        """Close with a reset: bytes that were not sent yet are lost, and the client sees that the reply broke off."""
        wire = self._wire
        if wire is None:
            return
        if (its_socket := wire.get_extra_info("socket")) is not None:
            its_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.abort()

    async def silent(self, seconds: float) -> None:
        """Write nothing for `seconds`. If the client leaves or the server stops, the silence ends."""
        self._silent = True
        try:
            await asyncio.sleep(seconds if not self._half_closed and not self._site.stopping else 0)
        finally:
            self._silent = False

    # --- one message after another --------------------------------------------------------------------------------------

    def _serve(self, data: bytes = b"") -> None:
        """Answer waiting messages, a few in one go. `data`: the bytes of the message, if the same bytes may come again."""
        for _ in range(TURN):
            if self._busy or not self._messages or self.transport is None:
                break
            message, payload = self._messages.popleft()
            if self._parser is not None:
                self._parser.message_consumed()
            if isinstance(message, HttpProcessingError):
                self._refuse(unparsed(message))
                return
            head = read_head(message, self._site.handler.max_head, self._first_line.raw_target)
            if data and payload is EMPTY_PAYLOAD and head.serves_again and head.refusal is None:
                head = self._site.heads.put(data, head)
            self._answer(head, payload)
        if not self._messages:
            if self._buffer_paused:
                self._read_on()
        elif not self._busy:
            self._loop.call_soon(self._serve)

    def _answer(self, head: Head, payload: StreamReader) -> None:
        self._busy, self._begun, self._content, self._http10, self._head = True, False, payload, head.http10, head
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
        if not self._busy and (self._messages or self._buffer_paused):
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
        """Write a reply, and go on; return False if only `_reply` can write it."""
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
        site.outbox.put(wire, written[0] + written[1])
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
                await self._swallow(payload, reading.LINGER_SECONDS)
        except ConnectionError:
            pass  # the client has left, or its body broke off: nobody waits for an answer
        except Exception as error:  # noqa: BLE001  # whatever goes wrong, the client is not left waiting
            self._tell_defect(error)
            self._apologize()
        finally:
            if self._running is None:  # else `_answered` does this
                self._busy = False
            self._content = EMPTY_PAYLOAD
            if serves_again and not (self._site.stopping or (self._half_closed and not self._messages)):
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
        received = head.request if payload is EMPTY_PAYLOAD else with_body(head, payload, self._write_interim)
        if reply is None:
            reply = await self._site.handler.answer(received, self._peer)
        elif isinstance(reply, Coroutine):
            reply = await reply
        try:
            if head.is_short and isinstance(received.body, Incoming) and not received.body.begun:
                # many clients send the body right behind the head, in its own packet
                await self._swallow(payload, BODY_SECONDS)
            last = (
                reply.last
                or self._site.stopping
                or (self._half_closed and not self._messages)
                or self._site.connections.crowded
                or not payload.is_eof()
            )
            rendered = render(head, reply.response, last=last)
            damage = reply.response.damage
            try:
                if damage is not None and damage.concerns_wire:
                    return await write_damaged(self, head, reply.response, rendered, damage)
                if rendered.stream is None:
                    self._write_whole(rendered.start)
                    if self._paused:
                        await self.drained()
                else:
                    await write_stream(self, rendered.start, rendered.stream, chunked=rendered.chunked)
            except BodyTruncatedError:
                self._break_off(rendered)
                raise ConnectionResetError from None
            except BaseException:
                self._break_off(rendered)
                raise
            return rendered.serves_again
        finally:
            await reply.ended()

    async def _swallow(self, payload: StreamReader, seconds: float) -> None:
        """Read and drop an upload that nobody reads, so that its sender sees the reply. If the upload ends, the connection can go on."""
        end = monotonic() + seconds
        try:
            while not payload.is_eof() and (left := end - monotonic()) > 0 and self.transport is not None:
                async with asyncio.timeout(left):
                    await payload.readany()
        except (UploadError, TimeoutError):
            pass

    def _write_interim(self, data: bytes) -> None:
        """Write an interim answer, unless the reply has begun or the client has left."""
        if (wire := self._wire) is not None and not self._begun:
            wire.write(data)

    def _pass_on_early(self, answer: Response) -> None:
        """Write an interim answer, if the client knows interim answers (RFC 9110 section 15.2) and reads."""
        if self._busy and not self._http10 and not self._paused:
            self._write_interim(response_head(answer.status, answer.reason, answer.headers.raw))

    def _break_off(self, rendered: Rendered) -> None:
        """Close in the middle of a body. If the connection's end also ends the body, only a reset shows that bytes are missing."""
        if rendered.ends_with_connection:
            self.reset()
        elif (wire := self._wire) is not None:
            wire.abort()

    # --- refusals and ends ----------------------------------------------------------------------------------------------

    def _refuse(self, refusal: Refusal) -> None:
        """Answer input that is not a message, and close. Neither the answer nor the log quotes the input."""
        self._tell_refusal(refusal, method_in(self._start))
        self._write_last(gateway_error(*refusal))

    def _tell_refusal(self, refusal: Refusal, method: str) -> None:
        """Log whose message is refused, and why."""
        about = {"code": refusal.code, "status": refusal.status, "reason": refusal.message}
        self._site.handler.warn("refused", peer=self._peer.address, method=method, **about)

    def _apologize(self) -> None:
        if not self._begun:
            self._write_last(gateway_error(500, "gateway_defect", "The gateway failed; its log says where."))

    def _write_last(self, response: Response) -> None:
        if (wire := self._wire) is not None and not wire.is_closing():
            wire.write(closing(response))
        self._end()

    def _tell_defect(self, error: BaseException) -> None:
        """Log where the error was raised. Its text is not logged, since it may quote the message."""
        self._site.handler.warn("defect", error=type(error).__name__, where=place_of(error))

    def _end(self) -> None:
        """End our side of the connection, and let the client close it.

        If we closed it, bytes that the client still sends would cause a reset, and the client could lose the reply (RFC 9112 section 9.6).
        """
        self._close_ears()
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
        self._close_ears()
        if (wire := self._wire) is not None:
            wire.close()
            self._site.connections.waits(self, Wait.READER)

    def _close_ears(self) -> None:
        self._deaf = True
        self._aligned = False
        self._messages.clear()

    def _read_on(self) -> None:
        """Parse the messages that the parser has held back, then resume reading."""
        self.data_received(b"")
        if self._buffer_paused and len(self._messages) < PIPELINED:
            self._resume_reading_for_buffer()

    # --- what there is of a message -------------------------------------------------------------------------------------

    def _parse(self, parser: HttpParser[Any], data: bytes) -> None:
        """Parse some bytes, add their messages to the queue, and notice input without progress."""
        if not self._barren:
            self._start = data[:LONGEST_METHOD] if self.waits_for in {Wait.HEAD, Wait.REQUEST} else b""
        aligned, self._aligned = self._aligned, False
        size = len(data)
        messages: Sequence[tuple[_Received, StreamReader]]
        line = self._first_line
        if line.is_open or self._is_between_messages:
            data = line.read(data)
        try:
            messages, upgraded, _ = parser.feed_data(data)
        except HttpProcessingError as error:
            messages, upgraded = ((error, EMPTY_PAYLOAD),), False
            self._break_off_uploads("malformed body")
            self._deaf = True
        if upgraded:  # what follows may be of another protocol, so the connection ends with the reply
            self._deaf = True
        if messages:
            self._messages += messages
            self._count += len(messages)
            self._payload = messages[-1][1]
            self._aligned = aligned and len(messages) == 1 and not self._deaf and self._is_one_message(data)
        elif self.waits_for is Wait.REQUEST and data:
            self._site.connections.waits(self, Wait.HEAD)
        self._notice_progress(size)

    @property
    def _is_between_messages(self) -> bool:
        return self._barren == 0 and not self._messages and not self._busy and self._payload.is_eof()

    def _is_one_message(self, data: bytes) -> bool:
        """Tell whether the parser has read these bytes as one message, and has seen no byte of the next one."""
        return self._payload.is_eof() and len(data) == data.find(_END) + len(_END) + self._payload.total_bytes

    def _notice_progress(self, size: int) -> None:
        progress = self._count + self._payload.total_bytes
        if progress != self._progress:
            self._progress, self._barren = progress, 0
        elif size:
            self._barren += size
            if self._barren > 2 * self._max_head + FRAMING:
                self._stop_reading_nothing()

    def _stop_reading_nothing(self) -> None:
        """Stop endless input: a head, a chunk's extension or trailers with more bytes than a head may have."""
        self._barren = 0
        if self.waits_for is Wait.HEAD:
            self._refuse(ENDLESS_HEAD)
        else:
            self._break_off_uploads("more framing than body")

    def _break_off_uploads(self, why: str) -> None:
        for content in (self._content, self._payload, *[payload for _, payload in self._messages]):
            if not content.is_eof():
                content.set_exception(UploadError(why))

    def _waits_now(self, *, answering: bool) -> Wait | None:
        if self._paused:
            return Wait.READER
        if answering:
            return Wait.ANSWER if self._half_closed else None
        return Wait.CLOSE if self._deaf else Wait.REQUEST
