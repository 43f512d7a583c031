"""The protocol of an app's connection: reads messages, has each answered in its turn, and writes the replies.

Facts
-----
* Messages are parsed by aiohttp's C parser. Its server is not used: a request object, a writer and two tasks for each exchange cost
  more than a replay does. A message that is answered without waiting is answered inside `data_received`, in one write.
* What cannot be parsed takes the messages with it that came before it in the same piece: the parser hands none of them out.
* What is used of aiohttp beyond its documentation, in version 3.14.5: `HttpRequestParser` (its `feed_data`, `message_consumed`, and a
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
from gateway.wire.handler import Handler, Sender, SentOn, ToWrite, WholeToWrite, never_sent
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
"""Bytes that a head may have besides its first line and its fields: what separates them, and empty lines before."""
BUFFER = 1 << 16
"""Bytes of an upload that wait to be passed on; with twice as many, no more is read."""
LONGEST_METHOD = 20
PIPELINED = 2
"""How many requests wait behind the one that is answered until no more is read; what came in the same piece waits, too."""
PARSED = 32
"""How many requests of one piece are parsed ahead: more than a turn and what may wait, so that what is held back is asked for."""
SHORT = 1 << 13
"""Bytes of a reply that ends when it is handed to the transport: what the client's system has not taken of it is no burden."""
TURN = 8
"""How many requests of one connection are answered in one go, before others have their turn."""
BODY_SECONDS = 0.5
"""How long a reply that needs nothing of a short body waits for it, so that its connection can go on."""
HEAD_TIMEOUT = gateway_error(408, "head_timeout", "The request's head did not come within limits.head_timeout.")

_END = b"\r\n\r\n"
_Received: TypeAlias = RawRequestMessage | HttpProcessingError
"""A message, or why what came is none."""


class Site(Struct):
    """What the connections of one server share."""

    handler: Handler
    connections: Connections
    heads: Heads
    send: Sender = never_sent
    """Sends a message on, where that can be at once."""
    outbox: Outbox = field(default_factory=Outbox)
    """Writes short replies."""
    open: set[AppConnection] = field(default_factory=set)
    stopping: bool = False
    """Whether each connection is to end with the reply that is on its way."""


class AppConnection(BaseProtocol):
    """One connection of an app. It keeps to the clocks of `Connections`, and says nothing of the bytes that it cannot parse."""

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
        """Whose connection it is, where a proxy said so before the first byte."""
        self._messages: deque[tuple[_Received, StreamReader]] = deque()
        """What is parsed and waits for its turn."""
        self._busy = False
        """Whether a message is being answered."""
        self._running: Running | SentOn | None = None
        """What answers it, where that has to wait."""
        self._head: Head
        """The message that was sent on."""
        self._content: StreamReader = EMPTY_PAYLOAD
        """Its body."""
        self._begun = False
        """Whether its reply has begun to be written."""
        self._http10 = False
        """Whether who asked knows of no interim answers."""
        self._silent = False
        """Whether it is not answered, on purpose: a fault's doing."""
        self._first_line = FirstLine(longest)
        self._half_closed = False
        self._deaf = False
        """Whether what still comes is dropped: the connection ends, or what came can not be read on."""
        self._aligned = True
        """Whether the next byte is a message's first, for all that the parser has seen."""
        self._count = 0
        """Messages so far."""
        self._payload: StreamReader = EMPTY_PAYLOAD
        """The body of the newest message."""
        self._start = b""
        """The first bytes of a message that is not read yet; empty while another one is answered."""
        self._progress = 0
        """Grows with each message and each byte of a body."""
        self._barren = 0
        """Bytes since then: of a head, or of what frames a body."""

    # --- what asyncio tells ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find out who is there."""
        super().connection_made(transport)
        self._site.open.add(self)
        peer = transport.get_extra_info("peername")
        address = peer[0] if isinstance(peer, tuple | list) and peer else peer or ""
        self._peer = Peer(self.speaks_for or str(address), Early(self._pass_on_early))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count the connection no longer; a client that leaves ends what is done for it."""
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
        """Read on, and answer what is there and does not have to wait."""
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
        """Leave the connection open for the answers that are due: a client that is done with sending may still read (RFC 9112 section 9.6).

        One that has left looks the same; that shows when something is written to it, or after `ANSWER_SECONDS`. TLS knows no such half.
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
        """Stop it."""
        super().resume_writing()
        self._site.connections.waits(self, self._waits_now(answering=self._busy))

    # --- what `Connections` and the server tell -------------------------------------------------------------------------

    def overdue(self, wait: Wait) -> None:
        """Close: with a 408 where half a head has come (RFC 9110 section 15.5.9), at once where nothing more can be written."""
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
        """Close, since somebody else needs the room."""
        if (wire := self._wire) is not None:
            wire.abort()

    def stop(self) -> bool:
        """Close with the reply that is on its way, or now; return whether something is still at work."""
        if not self._busy:
            self._close()
        return self._busy

    def give_up(self) -> None:
        """End what is still at work."""
        self._cancel()

    def _cancel(self) -> None:
        running = self._running
        if running is None:
            return
        running.cancel()
        if not isinstance(running, Running):  # which calls nobody from now on
            self._running, self._busy = None, False
            self._end()

    def end_silence(self) -> None:
        """End an exchange in which nothing is to be written, and which waits for nothing else."""
        if self._silent:
            self.give_up()

    # --- where replies go ----------------------------------------------------------------------------------------------

    @property
    def _wire(self) -> asyncio.Transport | None:
        """The transport, when no earlier reply waits for it any more: for who writes or closes now."""
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
        """Write a whole reply; a short one goes out together with those of other connections."""
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
        """Close with a reset: what was not sent yet is lost, and the client sees that."""
        wire = self._wire
        if wire is None:
            return
        if (its_socket := wire.get_extra_info("socket")) is not None:
            its_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.abort()

    async def silent(self, seconds: float) -> None:
        """Write nothing for so long; a client that leaves and a server that stops end it."""
        self._silent = True
        try:
            await asyncio.sleep(seconds if not self._half_closed and not self._site.stopping else 0)
        finally:
            self._silent = False

    # --- one message after another --------------------------------------------------------------------------------------

    def _serve(self, data: bytes = b"") -> None:
        """Answer what waits for its turn, a few in one go; `data` are the bytes of a message that may come again."""
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
        self._busy, self._begun, self._content, self._http10 = True, False, payload, head.http10
        if self._half_closed:
            self._site.connections.waits(self, self._waits_now(answering=True))
        reply: ToWrite | Coroutine[Any, Any, ToWrite] | None = None
        if payload is EMPTY_PAYLOAD and head.refusal is None and not stepping.ALWAYS_TASKS:
            try:
                reply = self._at_once(head)
                if reply is None and self._busy:
                    reply = self._sent_on(head)
            except Exception as error:  # noqa: BLE001  # as in `_exchange`
                self._tell_defect(error)
                self._apologize()
                self._busy = False
                self._end()
            if not self._busy or self._running is not None:
                return
        self._run(head, payload, reply)

    def _run(self, head: Head, payload: StreamReader, reply: ToWrite | Coroutine[Any, Any, ToWrite] | None) -> None:
        """Have a message answered by a coroutine, as far as it goes now."""
        try:
            self._running = begin(self._exchange(head, payload, reply), self._loop, self._answered)
        except asyncio.CancelledError:  # what it asked was given up; the connection has ended
            return
        if self._running is not None:
            self._site.connections.waits(self, self._waits_now(answering=True))

    def _sent_on(self, head: Head) -> Coroutine[Any, Any, ToWrite] | None:
        """Have a message sent on that can be at once; its reply comes by a call. Return what is awaited instead, if anything."""
        sent = self._site.send(head.request, self._peer, self)
        if sent is None or sent.rest is not None:
            return sent.rest if sent is not None else None
        self._running, self._head = sent, head
        self._site.connections.waits(self, self._waits_now(answering=True))
        return None

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
        if not self._busy:
            self._serve()

    def goes_on(self, rest: Coroutine[Any, Any, ToWrite]) -> None:
        """Wait for the reply to the message that was sent on."""
        self._running = None
        self._run(self._head, EMPTY_PAYLOAD, rest)
        if not self._busy:
            self._serve()

    def _answered(self, error: BaseException | None) -> None:
        """Go on when what had to wait is done."""
        self._running = None
        self._busy = False  # also where it was cancelled before its first step
        if isinstance(error, Exception):
            self._tell_defect(error)
        self._serve()

    def _at_once(self, head: Head) -> ToWrite | None:
        """Write a reply that is there without a wait, and go on; return one that is there and has to be written by `_reply`."""
        reply = self._site.handler.at_once(head.request, self._peer)
        return None if reply is None or self._written_at_once(head, reply) else reply

    def _written_at_once(self, head: Head, reply: WholeToWrite) -> bool:
        """Write a reply that is there, and go on; return False where it has to be written by `_reply`."""
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
        """Have one message answered, and write the reply; the connection goes on, or ends."""
        serves_again = False
        try:
            serves_again = await self._reply(head, payload, reply)
            if not serves_again and not payload.is_eof():
                await asyncio.sleep(0)  # until who was reading it has given up
                await self._swallow(payload, reading.LINGER_SECONDS)
        except ConnectionError:
            pass  # the client has left, or its body broke off: nobody is there to be told
        except Exception as error:  # noqa: BLE001  # whatever goes wrong, the client is not left waiting
            self._tell_defect(error)
            self._apologize()
        finally:
            if self._running is None:  # else it is over when all of it is
                self._busy = False
            self._content = EMPTY_PAYLOAD
            if serves_again and not (self._site.stopping or (self._half_closed and not self._messages)):
                self._site.connections.goes_on(self, self._waits_now(answering=False))
            else:
                self._end()

    async def _reply(
        self, head: Head, payload: StreamReader, reply: ToWrite | Coroutine[Any, Any, ToWrite] | None
    ) -> bool:
        """Return whether the connection serves again; `reply`, where it is there already."""
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
                await self._swallow(
                    payload, BODY_SECONDS
                )  # many send their body right behind the head, in a packet of its own
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
        """Take an upload that nobody reads, so that its sender sees the reply, and can go on where it comes to its end."""
        end = monotonic() + seconds
        try:
            while not payload.is_eof() and (left := end - monotonic()) > 0 and self.transport is not None:
                async with asyncio.timeout(left):
                    await payload.readany()
        except (UploadError, TimeoutError):
            pass

    def _write_interim(self, data: bytes) -> None:
        """Write what is not the reply yet, to a client that may have left."""
        if (wire := self._wire) is not None and not self._begun:
            wire.write(data)

    def _pass_on_early(self, answer: Response) -> None:
        """Write an interim answer to a client that knows of them (RFC 9110 section 15.2) and reads."""
        if self._busy and not self._http10 and not self._paused:
            self._write_interim(response_head(answer.status, answer.reason, answer.headers.raw))

    def _break_off(self, rendered: Rendered) -> None:
        """Close the connection in the middle of a body, so that this is seen. Where its end would be the body's end, only a reset tells them apart."""
        if rendered.ends_with_connection:
            self.reset()
        elif (wire := self._wire) is not None:
            wire.abort()

    # --- refusals and ends ----------------------------------------------------------------------------------------------

    def _refuse(self, refusal: Refusal) -> None:
        """Answer what is no message, and close; neither the answer nor the log quotes it."""
        self._tell_refusal(refusal, method_in(self._start))
        self._write_last(gateway_error(*refusal))

    def _tell_refusal(self, refusal: Refusal, method: str) -> None:
        """Say whose message is not let in, and why."""
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
        """Say where it was, since its text may quote the message."""
        self._site.handler.warn("defect", error=type(error).__name__, where=place_of(error))

    def _end(self) -> None:
        """End the connection with what was written, and let the client close it.

        A reset, which what it has sent meanwhile would be met by, takes the reply away (RFC 9112 section 9.6).
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
        """Close when what was written is out, but do not wait for ever."""
        self._close_ears()
        if (wire := self._wire) is not None:
            wire.close()
            self._site.connections.waits(self, Wait.READER)

    def _close_ears(self) -> None:
        self._deaf = True
        self._aligned = False
        self._messages.clear()

    def _read_on(self) -> None:
        """Parse what the parser has held back, and read on when all of that was taken."""
        self.data_received(b"")
        if self._buffer_paused and len(self._messages) < PIPELINED:
            self._resume_reading_for_buffer()

    # --- what there is of a message -------------------------------------------------------------------------------------

    def _parse(self, parser: HttpParser[Any], data: bytes) -> None:
        """Add to the messages what the parser makes of some bytes, and notice where they lead nowhere."""
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
        """End what has no end: a head, a chunk's extension or trailers of more bytes than a head may have."""
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
