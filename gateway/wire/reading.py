"""Reads a message of an app: the head that aiohttp parsed becomes a `Request`, or a reason to refuse it.

Facts
-----
* The head that most apps send needs no parser (`usual_head.py`). This file reads all other heads.
* aiohttp's parser refuses most of what RFC 9112 forbids; `_refusal` lists what we refuse besides.
* The parser does not answer `Expect`. Here, the first read of a body answers it (RFC 9110 section 10.1.1).
* After a chunked request, the parser gives its trailers to the next request's head. After `Upgrade: h2c`, it drops the other bytes of the
  same piece, and could read the rest as a request. After both, the connection serves no further request (`Head.serves_again`).
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `RawRequestMessage`, whose `path` is the target as it came,
  bytes beyond UTF-8 as surrogates; `StreamReader.read_nowait` and `exception`; the errors of its parser in `unparsed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import NamedTuple

from aiohttp.http import HttpVersion10, HttpVersion11, RawRequestMessage
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong
from aiohttp.streams import StreamReader
from msgspec import Struct
from msgspec.structs import replace

from gateway.core.bounded import Bounded
from gateway.core.headers import HOST
from gateway.core.model import BodyTruncatedError, Headers, RawHeaders, Request
from gateway.wire import usual_head
from gateway.wire.first_line import encoded
from gateway.wire.http1 import one_reading

SILENCE_SECONDS = 30.0
"""How long the pieces of an upload may be apart."""
LEAST_RATE = 500
"""Bytes a second that an upload must bring in the long run. A slower upload uses up its seconds of silence."""
LINGER_SECONDS = 5.0
"""How long an upload that nobody reads is still read and dropped, so that its sender sees the reply."""
METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"))
"""The methods of RFC 9110 and RFC 5789. Any other first word of a message is not quoted."""
SHORT_DIGITS = 4
"""The most digits in the Content-Length of a short body: up to 9,999 bytes, which come in a few packets."""
MAX_FIELDS = 128
"""How many header fields a request may have."""


class Refusal(NamedTuple):
    """Why a message is not let in."""

    status: int
    code: str
    message: str


ENDLESS_HEAD = Refusal(431, "head_too_large", "The head has more bytes than limits.max_head.")


class UploadError(Exception):
    """An upload broke off, or cannot be read on."""


class Head(Struct, frozen=True):
    """The result of reading a message's head."""

    request: Request
    """The message without its body."""
    refusal: Refusal | None
    """Why the message is not let in; None if it is let in."""
    http10: bool = False
    expects: bool = False
    """Whether the client waits for `100 Continue` before it sends its body."""
    is_short: bool = False
    """Whether the body is short, so that it will be there in a moment."""
    serves_again: bool = True
    """Whether the next bytes on its connection can only be the next message (see Facts)."""
    shares: bool = False
    """Whether its header fields came before with another first line: the memory counts them there."""


def read_head(message: RawRequestMessage, max_head: int, raw_target: str = "") -> Head:
    """Return the head that the parser read. `raw_target`: the target as it came, if it has bytes beyond ASCII."""
    size = 0
    framing: list[tuple[bytes, bytes]] = []
    about: dict[bytes, list[bytes]] = {}
    for field in message.raw_headers:
        name, value = field
        size += len(name) + len(value)
        lower = name.lower()
        if lower in _READ:
            about.setdefault(lower, []).append(value)
            if lower in _FRAMING:
                framing.append(field)
    http10 = message.version == HttpVersion10
    chunked = b"transfer-encoding" in about
    target = message.path
    if not target.isascii():
        target = target.encode("utf-8", "surrogateescape").decode("latin-1")
    if raw_target and encoded(raw_target.encode("latin-1")).decode() != target:  # it belongs to another message
        raw_target = ""
    return Head(
        Request(method=message.method, target=target, headers=Headers(message.raw_headers), raw_target=raw_target),
        _refusal(message, tuple(framing), about, too_large=size > max_head),
        http10=http10,
        expects=b"expect" in about and not http10,
        is_short=b"expect" not in about and 0 < len(about.get(b"content-length", [b""])[0]) <= SHORT_DIGITS,
        serves_again=not (message.should_close or chunked or b"upgrade" in about),
    )


def _refusal(  # noqa: PLR0911  # one for each reason
    message: RawRequestMessage, framing: RawHeaders, about: dict[bytes, list[bytes]], *, too_large: bool
) -> Refusal | None:
    http10, hosts = message.version == HttpVersion10, about.get(b"host", [])
    if not http10 and message.version != HttpVersion11:
        return Refusal(505, "http_version", "This gateway speaks HTTP/1.1.")
    if message.method == "CONNECT":
        return Refusal(
            405,
            "connect_refused",
            "No tunnel is opened here. The lab's proxy (lab.proxy) opens one, as the first request of a connection.",
        )
    if too_large:
        return Refusal(431, "head_too_large", "The header fields have more bytes than limits.max_head.")
    if framing and (not one_reading(framing) or (http10 and b"transfer-encoding" in about)):
        return Refusal(
            400, "ambiguous_framing", "Expected one Content-Length, or chunked as the one Transfer-Encoding."
        )
    if len(hosts) > 1 or not (hosts or http10) or (hosts and not HOST.fullmatch(hosts[0].decode("latin-1"))):
        return Refusal(400, "invalid_host", "Expected one Host field that is a host and perhaps a port.")
    if about.get(b"expect", [b"100-continue"])[0].lower() != b"100-continue":
        return Refusal(417, "expectation_failed", "The only expectation that can be met is 100-continue.")
    return None


_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_READ = _FRAMING | {b"host", b"expect", b"upgrade"}


class Heads:
    """Remembers heads of messages without a body, by their bytes. A device sends the same fields to one target after another.

    Fields are remembered when they come for the second time. Fields with a new token, or with a number of the call, mostly come once.
    """

    def __init__(self) -> None:
        self._fields: Bounded[bytes, Headers] = Bounded(
            "header fields", 8 << 20, longest=1 << 14, size=_size_of_fields, regulars=True
        )
        """Header fields by their bytes. The bytes are all that come after the first line and its line end."""
        self._heads: Bounded[tuple[bytes, Headers], Head] = Bounded(
            "heads", 16 << 20, longest=1 << 15, size=_size_of_head, waiting=True
        )
        self._recent_fields, self._recent_heads = self._fields.recent.get, self._heads.recent.get

    def get(self, data: bytes) -> Head | None:
        """Return the head in these bytes, if they came before or are a usual head; None if the parser has to read them."""
        line, _, fields = data.partition(b"\r\n")
        headers = self._recent_fields(fields)
        if headers is None:  # `or` would ask for the number of its fields
            headers = self._fields.get(fields)
        if headers is not None:
            key = line, headers
            head: Head | None = self._recent_heads(key) or self._heads.get(key)
            if head is not None:
                return head
        read = usual_head.request_line(line)
        if read is None:
            return None
        if headers is not None:
            return self._keep(line, _usual(*read, headers), shares=True) if usual_head.are_usual(headers) else None
        headers = usual_head.fields(fields)
        if headers is None:
            return None
        return self._keep_new(line, fields, _usual(*read, headers))

    def put(self, data: bytes, head: Head) -> Head:
        """Remember a head, and return it with the fields that it shares with others. One that comes behind empty lines is not remembered."""
        if data.startswith((b"\r", b"\n")):  # RFC 9112 section 2.2; else its first line would be kept among the fields
            return head
        line, _, fields = data.partition(b"\r\n")
        headers: Headers | None = self._fields.get(fields)
        if headers is None:
            return self._keep_new(line, fields, head)
        return self._keep(line, replace(head, request=replace(head.request, headers=headers)), shares=True)

    def _keep_new(self, line: bytes, fields: bytes, head: Head) -> Head:
        """Return a head whose fields are not remembered. If the fields come for the second time, remember the fields and the head."""
        headers = head.request.headers
        headers.is_new = not self._fields.keeps(fields)
        return head if headers.is_new or not self._fields.put(fields, headers) else self._keep(line, head)

    def _keep(self, line: bytes, head: Head, *, shares: bool = False) -> Head:
        """Remember a head whose fields are remembered, and return it. `shares`: another head brought the fields."""
        if shares:
            head = replace(head, shares=True)
        self._heads.put((line, head.request.headers), head)
        return head


def _usual(method: str, target: str, headers: Headers) -> Head:
    return Head(Request(method=method, target=target, headers=headers), None)


def _size_of_fields(fields: bytes, headers: Headers) -> int:
    return 300 + 2 * len(fields) + 250 * len(headers)


def _size_of_head(key: tuple[bytes, Headers], head: Head) -> int:
    """Estimate a head's size in bytes. The first head with its fields counts them too: it keeps them after their own entry is forgotten."""
    line, headers = key
    own = 500 + 3 * len(line)
    return own if head.shares else own + 2 * headers.size + 250 * len(headers)


def with_body(head: Head, payload: StreamReader, tell: Callable[[bytes], None]) -> Request:
    """Return the message with its body: bytes if the body has come whole, else a stream. `tell` writes to the client."""
    if payload.is_eof() and payload.exception() is None:
        body = payload.read_nowait(-1)
        return replace(head.request, body=body) if body else head.request
    return replace(head.request, body=Incoming(payload, tell if head.expects else None))


class Incoming:
    """An upload as it arrives. If the client waits for `100 Continue`, the first read sends that."""

    def __init__(self, payload: StreamReader, tell: Callable[[bytes], None] | None) -> None:
        self.begun = False
        """Whether anybody has begun to read it."""
        self._payload = payload
        self._tell = tell

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._payload
        self.begun = True
        if self._tell is not None:
            self._tell(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._tell = None
        try:
            patience = SILENCE_SECONDS
            while True:
                asked = monotonic()
                async with asyncio.timeout(patience):
                    piece = await content.readany()
                if not piece:
                    return
                patience = min(SILENCE_SECONDS, patience - (monotonic() - asked) + len(piece) / LEAST_RATE)
                yield piece
        except (UploadError, OSError, TimeoutError) as error:
            raise BodyTruncatedError from error

    async def aclose(self) -> None:
        """Leave the rest unread: the reply closes the connection."""


def method_in(start: bytes) -> str:
    """Return the method at the start of a message; empty if it is not one of `METHODS`."""
    method, blank, _ = start.partition(b" ")
    return method.decode("ascii") if blank and method in METHODS else ""


def unparsed(error: BaseException | None) -> Refusal:
    """Return the refusal of a message that the parser could not read."""
    if isinstance(error, LineTooLong):
        return Refusal(431, "head_too_large", "A line of the head is longer than limits.max_head.")
    if getattr(error, "message", "") == "Too many headers received":  # aiohttp has no type of its own for it
        return Refusal(431, "too_many_fields", f"The head has more than {MAX_FIELDS} fields.")
    if getattr(error, "message", "").startswith("Received HTTPS traffic"):  # the parser itself recognises TLS
        return Refusal(
            400, "tls_on_http", "This is TLS, on the port for plain HTTP: ask for http://, or set listen.tls."
        )
    if isinstance(error, BadHttpMethod):  # RFC 9110 section 15.6.2
        return Refusal(501, "unknown_method", "This is not an HTTP/1.1 request, or its method is not known here.")
    return Refusal(400, "malformed_request", "This is not an HTTP/1.1 request (RFC 9112).")
