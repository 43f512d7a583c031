"""Sends a request to an upstream once. If that fails, it answers with an error."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.v1_end import UNKNOWN_HOST
from gateway.core.asking import Ask, Asker, OnItsWay
from gateway.core.bounded import Bounded
from gateway.core.errors import gateway_error
from gateway.core.headers import end_to_end
from gateway.core.memo import memo_of
from gateway.core.model import Early, Headers, Request, Response, Source
from gateway.transports.bodies import close
from gateway.wire.awaited import Awaited
from gateway.wire.failures import Unanswered, UnansweredError, Unreached, UnreachedError
from gateway.wire.first_line import on_the_wire
from gateway.wire.http1 import HeadError, field_lines, framed, request_line
from gateway.wire.pool import Pool, Way, Where
from gateway.wire.sending import Sending
from gateway.wire.upstream_connection import MAX_ANSWER_FIELDS, UpstreamConnection


class Destination(Struct, frozen=True):
    """The address of an upstream, and its time limits."""

    name: str
    origin: str
    """Scheme, host and port, such as `https://api.auth.adobe.com`."""
    connect_to: str | None = None
    """`host` or `host:port` to connect to instead of the origin. Host and the TLS name stay the origin's."""
    ca_file: str | None = None
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    """Longest pause between two pieces of an answer, in seconds."""
    source: Source = "upstream"
    """The source of its answers. An emulator in another process is reached like an upstream, but its answers are the emulator's."""
    max_head: int = 65536
    """Longest line or field in the head of an answer, in bytes."""


class Upstream:
    """One API behind the gateway."""

    def __init__(self, destination: Destination, way: Way | None = None) -> None:
        self._to = destination
        self._pool = Pool(
            Where(destination.origin, destination.connect_to, destination.ca_file, destination.connect_seconds),
            way or Way(),
        )
        self._lines: Bounded[Headers, bytes] = Bounded(
            "fields of requests to an upstream", 4 << 20, longest=1 << 15, size=_size_of_lines, regulars=True
        )
        """Header fields of requests without a body, as bytes to send."""

    @property
    def connections(self) -> int:
        """The number of connections that were opened so far."""
        return self._pool.opened

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    def asking(self, request: Request) -> Ask | None:
        """Return how to send a request without a body on a connection that is open and free."""
        if memo_of(request) is None or request.raw_target or request.rewritten_from or request.method == "HEAD":
            return None
        if self._to.source != "upstream":
            return None
        try:
            head, chunked = self._head(request)
        except HeadError:
            return None
        return None if chunked else partial(self._ask, head)

    def _ask(self, head: bytes, asker: Asker) -> OnItsWay | None:
        pool, to = self._pool, self._to
        peer = pool.free()
        if peer is None:
            return None
        awaited = Awaited(asker, pool, peer, self._read_on)
        peer.ask(head, awaited.heard, seconds=to.read_seconds, max_head=to.max_head)
        return awaited

    def _read_on(
        self, peer: UpstreamConnection, error: BaseException | None, early: Early | None
    ) -> Coroutine[Any, Any, Response]:
        return self._awaited(self._sending(peer).read_on(error, early))

    def _sending(self, peer: UpstreamConnection) -> Sending:
        return Sending(self._pool, peer, read_seconds=self._to.read_seconds, max_head=self._to.max_head)

    async def _awaited(self, conversation: Coroutine[Any, Any, Response]) -> Response:
        try:
            answer = await conversation
        except UnansweredError as error:
            return self._unanswered(error.reason)
        return answer if self._to.source == answer.source else replace(answer, source=self._to.source)

    async def why_unreachable(self) -> str:
        """Connect (with TLS if the origin is https), send nothing, and close. Return why no connection was made; empty if one was made."""
        try:
            peer = await self._pool.connect()
        except UnreachedError as error:
            body = self._unreached(error).body
            return str(json.loads(body)["message"]) if isinstance(body, bytes) else ""
        peer.held.close()
        return ""

    async def send(self, request: Request) -> Response:
        """Send `request` once. If the upstream fails, return a 502 or 504 of source `gateway`. Without a file descriptor, return a 503."""
        try:
            head, chunked = self._head(request)
        except HeadError:
            await close(request.body)
            return gateway_error(
                502,
                "unsendable_request",
                "The request's method, target or header fields have a character that is not allowed there.",
            )
        try:
            peer = await self._pool.connect()
        except UnreachedError as error:
            await close(request.body)
            return self._unreached(error)
        return await self._awaited(
            self._sending(peer).converse(
                head,
                request.body,
                chunked=chunked,
                bodyless=request.method == "HEAD",
                early=None
                if request.rewritten_from
                else request.early,  # an app gets no interim answers to a request that a rule sends in its place
            )
        )

    def _head(self, request: Request) -> tuple[bytes, bool]:
        """Return a request's head, and whether its body is sent in chunks. Raises HeadError if the head cannot be written."""
        memo = memo_of(request) if not request.raw_target else None
        if memo is not None and self in memo:
            met: tuple[bytes, bool] = memo[self]
            return met
        lines: bytes | None = self._lines.get(request.headers) if request.body == b"" else None
        chunked = False
        if lines is None:
            fields, chunked = framed(end_to_end(request.headers).with_("Host", self._pool.authority).raw, request.body)
            lines = field_lines(fields)
            if request.body == b"":
                self._lines.put(request.headers, lines)
        made = request_line(request.method, on_the_wire(request)) + lines, chunked
        if memo is not None:
            memo[self] = made
        return made

    def _unreached(self, error: UnreachedError) -> Response:  # noqa: PLR0911  # one for each reason
        name = self._to.name
        match error.reason:
            case Unreached.DESCRIPTORS:
                return gateway_error(
                    503,
                    "out_of_descriptors",
                    f"The gateway has no file descriptor left for a connection to upstream {name}. Raise ulimit -n, or lower limits.max_connections.",
                )
            case Unreached.CERTIFICATE:
                return gateway_error(
                    502, "upstream_tls", f"The gateway refuses the certificate of upstream {name}: {error.detail}"
                )
            case Unreached.TLS:
                return gateway_error(
                    502, "upstream_tls", f"The TLS handshake with upstream {name} failed: {error.detail}."
                )
            case Unreached.TIMEOUT:
                seconds = f"{self._to.connect_seconds:g} s"
                return gateway_error(
                    504, "upstream_timeout", f"Upstream {name} did not accept a connection in {seconds}."
                )
            case Unreached.NAME:
                message = f"DNS has no address for the name of upstream {name}."
                return gateway_error(502, "upstream_unreachable", message, reason=UNKNOWN_HOST)
            case Unreached.LOOP:
                message = f"Upstream {name} leads to this gateway itself: the gateway must not use the lab's DNS. Set upstreams.{name}.connect_to, or use lab.dns with forward_to."
                return gateway_error(508, "loop", message)
            case Unreached.OTHER:
                why = f": {error.detail}" if error.detail else ""
                return gateway_error(
                    502, "upstream_unreachable", f"The gateway cannot connect to upstream {name}{why}."
                )

    def _unanswered(self, reason: Unanswered) -> Response:
        name = self._to.name
        match reason:
            case Unanswered.UPLOAD:
                return gateway_error(400, "request_truncated", "The request's body broke off, stalled or is malformed.")
            case Unanswered.SILENT:
                return gateway_error(
                    504, "upstream_timeout", f"Upstream {name} was silent for {self._to.read_seconds:g} s."
                )
            case Unanswered.MALFORMED:
                return gateway_error(502, "upstream_protocol", f"Upstream {name} sent an answer that is not HTTP/1.1.")
            case Unanswered.FIELDS:
                return gateway_error(
                    502,
                    "upstream_too_many_fields",
                    f"Upstream {name} sent an answer with more than {MAX_ANSWER_FIELDS} header fields. The gateway reads no more.",
                )
            case Unanswered.HEAD:
                return gateway_error(
                    502,
                    "upstream_head_too_large",
                    f"Upstream {name} sent an answer with a line of its head longer than {self._to.max_head} bytes (limits.max_head), or a head without end.",
                )
            case Unanswered.CLOSED:
                return gateway_error(
                    502,
                    "upstream_protocol",
                    f"Upstream {name} closed the connection instead of answering. The request was not sent again.",
                )


def _size_of_lines(headers: Headers, lines: bytes) -> int:
    return 400 + headers.size + 150 * len(headers) + len(lines)
