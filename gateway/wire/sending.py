"""One request on one connection of an upstream: its upload, its answer, and the end of both.

Undocumented parts of aiohttp that are used, as in version 3.14.5: `ResponseHandler.read`, `set_response_params`,
`start_timeout`, `read_timeout` and `exception`; `StreamWriter` over a protocol; `StreamReader.read_nowait` and `exception`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import aiohttp
from aiohttp.http import (
    HttpProcessingError,
    StreamWriter,
)
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import StreamReader
from msgspec.structs import replace

from gateway.core.model import Body, BodyTruncatedError, Early, RawHeaders, Response, Stream
from gateway.wire.answer_heads import checked, final_head
from gateway.wire.failures import Unanswered, UnansweredError
from gateway.wire.http1 import LAST_CHUNK, chunk
from gateway.wire.pool import Pool
from gateway.wire.upstream_connection import ENDLESS, INTERIM_ANSWERS, UpstreamConnection


class Sending:
    """One request on one connection: its upload, its answer, and the end of both."""

    _upload: asyncio.Task[None] | None = None
    _answered = False
    _ends_with_connection = False
    _upload_broken = False
    """Whether the app did not send its request to the end."""

    def __init__(self, pool: Pool, peer: UpstreamConnection, *, read_seconds: float, max_head: int) -> None:
        """Take a connection of `pool`.

        `read_seconds`: the longest silence between two pieces. `max_head`: the most bytes of a line or field of the answer's head.
        """
        self._pool = pool
        self._peer = peer
        self._read_seconds = read_seconds
        self._max_head = max_head

    async def converse(
        self, head: bytes, body: Body, *, chunked: bool, bodyless: bool, early: Early | None = None
    ) -> Response:
        """Write the request, and return the answer. The answer's stream keeps the connection until it is read or closed.

        `bodyless`: the answer has no body, like an answer to HEAD. `early` gets interim answers. Raises UnansweredError if no answer comes.
        """
        try:
            peer, transport = self._peer, self._transport()
            if isinstance(body, bytes):
                data = head + (chunk(body) + LAST_CHUNK if chunked else body)
                if not bodyless:
                    waiting: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
                    peer.ask(data, partial(_tell, waiting), seconds=self._read_seconds, max_head=self._max_head)
                    if (answer := await waiting) is not None:
                        self._answered = True
                        self._pool.give_back(peer)
                        return answer
                else:
                    peer.read_as_any(seconds=self._read_seconds, max_head=self._max_head, bodyless=True)
                    transport.write(data)
                    peer.start_timeout()
            else:
                peer.read_as_any(seconds=self._read_seconds, max_head=self._max_head, bodyless=bodyless)
                self._upload = asyncio.create_task(self._send_stream(head, body, chunked=chunked))
            return await self._read_answer(early)
        except BaseException as error:
            self._end_in(error)
            raise

    def _end_in(self, error: BaseException) -> None:
        """Close the connection. For an error of the wire, raise UnansweredError with its reason."""
        self.abandon()
        if isinstance(error, TimeoutError | aiohttp.ClientError | HttpProcessingError | OSError):
            raise UnansweredError(self._reason(error)) from error

    async def read_on(self, error: BaseException | None, early: Early | None) -> Response:
        """Return the answer to a request that is already written, if the answer does not come whole. `error`: why no answer comes."""
        if error is not None:
            self._end_in(error)
            raise error
        try:
            return await self._read_answer(early)
        except BaseException as failed:
            self._end_in(failed)
            raise

    def _transport(self) -> asyncio.Transport:
        """Return the transport of the connection; raise if it is closed, or if bytes came before the request."""
        if self._peer.transport is None:
            raise aiohttp.ServerDisconnectedError
        if self._peer.should_close:
            raise HttpProcessingError(code=502, message="bytes before the request")
        return self._peer.transport

    def _reason(self, error: Exception) -> Unanswered:
        if self._upload_broken:
            return Unanswered.UPLOAD
        if isinstance(error, asyncio.TimeoutError):
            return Unanswered.SILENT
        if not isinstance(error, HttpProcessingError):
            return Unanswered.CLOSED
        if error.message == "Too many headers received":  # aiohttp has no type of its own for it
            return Unanswered.FIELDS
        if isinstance(error.__cause__, LineTooLong) or error.message == ENDLESS:
            return Unanswered.HEAD
        return Unanswered.MALFORMED

    async def _read_answer(self, early: Early | None) -> Response:
        """Read the final answer as it comes, after the interim answers."""
        message, payload = await self._peer.read()
        interim = 0
        while 100 <= message.code <= 199 and message.code != 101:  # noqa: PLR2004  # RFC 9110 section 15.2
            interim += 1
            if interim > INTERIM_ANSWERS:
                raise HttpProcessingError(code=502, message=ENDLESS)
            if early is not None and message.code != 100:  # noqa: PLR2004  # the app's own Expect is answered by our wire
                hint = checked(message)
                early(replace(hint, headers=hint.headers.without("Content-Length")))  # RFC 9110 section 8.6
            # the parser's own timer ends with any answer
            async with asyncio.timeout(self._read_seconds if self._uploaded else None):
                message, payload = await self._peer.read()
        self._answered = True
        answer = final_head(message)
        self._ends_with_connection = answer.ends_with_connection
        return Response(answer.status, answer.reason, answer.headers, self._body(payload), "upstream")

    @property
    def _uploaded(self) -> bool:
        return self._upload is None or self._upload.done()

    @property
    def broken(self) -> bool:
        """Whether a reset cut off an answer that ends with its connection: the parser takes that for a good end (RFC 9112 section 8)."""
        return self._ends_with_connection and isinstance(self._peer.exception(), OSError)

    def _body(self, payload: StreamReader) -> Body:
        """Return the whole body if it has come with the head, as small bodies do; otherwise its stream."""
        announced = self._peer.announced
        if payload.is_eof() and payload.exception() is None and self._uploaded and not self.broken and not announced:
            body = payload.read_nowait(-1)
            self.finish()
            return body
        return AnswerBody(payload, self, announced)

    async def _send_stream(self, head: bytes, body: Stream, *, chunked: bool) -> None:
        """Pass an upload on as it comes. If the upstream closes, the reader of its answer notices."""
        writer = StreamWriter(self._peer, asyncio.get_running_loop())
        try:
            await self._write(writer, head)
            async for piece in body:
                await self._write(writer, chunk(piece) if chunked else piece)
            await self._write(writer, LAST_CHUNK if chunked else b"")
            self._peer.start_timeout()
        except TimeoutError:
            if not self._answered:
                self._peer.set_exception(aiohttp.SocketTimeoutError("the upload is not taken"))
        except (OSError, aiohttp.ClientError):
            await body.aclose()
        except BaseException as error:  # the app broke off, so its request must not look whole
            self._peer.held.close()
            self._upload_broken = isinstance(error, BodyTruncatedError)
            if not self._upload_broken:
                raise

    async def _write(self, writer: StreamWriter, data: bytes) -> None:
        async with asyncio.timeout(self._read_seconds):
            await writer.write(data)

    @property
    def trailers(self) -> RawHeaders:
        """The trailers of an answer that has ended."""
        return self._peer.trailers

    def finish(self) -> None:
        """Give the connection back, unless an upload is still on its way: an early answer ends the connection."""
        if not self._uploaded:
            self.abandon()
            return
        self._peer.read_timeout = None
        self._peer.start_timeout()  # this stops a timer that an upload's end may have started after its answer
        self._pool.give_back(self._peer)

    def abandon(self) -> None:
        """Stop the upload and close the connection, without a word to the reader of the answer."""
        if self._upload is not None:
            self._upload.cancel()
        self._peer.held.close()


def _tell(waiting: asyncio.Future[Response | None], answer: Response | None, error: BaseException | None) -> None:
    if waiting.done():
        return
    if error is not None:
        waiting.set_exception(error)
    else:
        waiting.set_result(answer)


class AnswerBody:
    """The body of an answer as it arrives; closing it early closes the connection."""

    trailers: RawHeaders = ()
    """The announced fields that came after the body."""

    def __init__(self, payload: StreamReader, sending: Sending, announced: frozenset[bytes] = frozenset()) -> None:
        self._payload = payload
        self.announced = announced
        """The names of the fields that may come after the body, in lower case."""
        self._sending: Sending | None = sending

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while piece := await self._payload.readany():
                yield piece
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            await self.aclose()
            raise BodyTruncatedError from error
        if self._sending is not None:
            if self._sending.broken:
                await self.aclose()
                raise BodyTruncatedError
            self.trailers = self._sending.trailers
            self._sending.finish()
            self._sending = None

    async def aclose(self) -> None:
        """Close the connection if the body has not been read to its end."""
        if self._sending is not None:
            self._sending.abandon()
            self._sending = None
