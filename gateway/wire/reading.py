"""Reads a message of an app: what aiohttp's server parsed becomes a `Request`, or the reason why it is not let in.

Facts
-----
* aiohttp's parser refuses most of what RFC 9112 forbids; what it lets through and we do not is listed in `_refusal`.
* A low-level server answers no `Expect`; the first read of a body does it here (RFC 9110 section 10.1.1).
* What is read of aiohttp beyond its documentation, in version 3.14.5: `BaseRequest.raw_path`, which is the target as it came,
  bytes beyond UTF-8 as surrogates; `StreamReader.read_nowait` and `exception`; the errors of its parser in `unparsed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import NamedTuple

import aiohttp
from aiohttp.http import HttpVersion10, HttpVersion11
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong
from aiohttp.web_protocol import RequestPayloadError
from aiohttp.web_request import BaseRequest

from gateway.core.headers import HOST
from gateway.core.model import Body, BodyTruncatedError, Headers, Request
from gateway.wire.first_line import encoded
from gateway.wire.http1 import one_reading

SILENCE_SECONDS = 30.0
"""How long the pieces of an upload may be apart."""
LEAST_RATE = 500
"""Bytes a second that an upload brings in the long run: less eats up the seconds of silence that it has."""
LINGER_SECONDS = 5.0
"""How long an upload that nobody reads is still swallowed, so that its sender sees the reply."""
METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"))
"""The methods of RFC 9110 and RFC 5789. What else a message begins with may be anything, and is not quoted."""
MAX_FIELDS = 128
"""How many header fields a request may have."""


class Refusal(NamedTuple):
    """Why a message is not let in."""

    status: int
    code: str
    message: str


ENDLESS_HEAD = Refusal(431, "head_too_large", "The head has more bytes than limits.max_head.")


def read_request(raw: BaseRequest, max_head: int) -> Request | Refusal:
    """Return the message as it came, its body a stream unless there is none, or why it is refused."""
    headers = Headers(raw.raw_headers)
    refusal = _refusal(raw, headers, max_head)
    if refusal is not None:
        return refusal
    target = raw.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
    raw_target = getattr(raw.protocol, "raw_target", "")
    if raw_target and encoded(raw_target.encode("latin-1")).decode() != target:  # another message's
        raw_target = ""
    return Request(method=raw.method, target=target, headers=headers, body=_body(raw, headers), raw_target=raw_target)


def _refusal(raw: BaseRequest, headers: Headers, max_head: int) -> Refusal | None:  # noqa: PLR0911  # one for each thing
    if raw.version not in {HttpVersion10, HttpVersion11}:
        return Refusal(505, "http_version", "This gateway speaks HTTP/1.1.")
    if raw.method == "CONNECT":
        return Refusal(405, "connect_refused", "This gateway is a reverse proxy; it opens no tunnels.")
    if sum(len(name) + len(value) for name, value in headers.raw) > max_head:
        return Refusal(431, "head_too_large", "The header fields have more bytes than limits.max_head.")
    if not one_reading(headers.raw) or (raw.version == HttpVersion10 and "Transfer-Encoding" in headers):
        return Refusal(
            400, "ambiguous_framing", "Expected one Content-Length, or chunked as the one Transfer-Encoding."
        )
    hosts = headers.getall("Host")
    if len(hosts) > 1 or (hosts and not HOST.fullmatch(hosts[0])) or (not hosts and raw.version == HttpVersion11):
        return Refusal(400, "invalid_host", "Expected one Host field that is a host and perhaps a port.")
    if headers.get("Expect", "100-continue").lower() != "100-continue":
        return Refusal(417, "expectation_failed", "The only expectation that can be met is 100-continue.")
    return None


def _body(raw: BaseRequest, headers: Headers) -> Body:
    content = raw.content
    if content.is_eof() and content.exception() is None:
        return content.read_nowait(-1)
    return Incoming(raw, expects="Expect" in headers and raw.version == HttpVersion11)


class Incoming:
    """An upload as it arrives. Its first read tells a client that waits for it to go on."""

    def __init__(self, raw: BaseRequest, *, expects: bool) -> None:
        self._raw = raw
        self._expects = expects

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._raw.content
        if self._expects:
            self._expects = False
            transport = self._raw.transport
            if transport is not None:
                transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
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
        except (aiohttp.ClientError, RequestPayloadError, OSError, TimeoutError) as error:
            raise BodyTruncatedError from error

    async def aclose(self) -> None:
        """Leave the rest unread: the reply closes the connection."""


def method_in(start: bytes) -> str:
    """Return the method with which the first bytes of a message begin; empty where it is none that may be quoted."""
    method, blank, _ = start.partition(b" ")
    return method.decode("ascii") if blank and method in METHODS else ""


def unparsed(error: BaseException | None) -> Refusal:
    """Say why what the parser could not read is refused."""
    if isinstance(error, LineTooLong):
        return Refusal(431, "head_too_large", "A line of the head is longer than limits.max_head.")
    if getattr(error, "message", "") == "Too many headers received":  # aiohttp has no type of its own for it
        return Refusal(431, "too_many_fields", f"The head has more than {MAX_FIELDS} fields.")
    if getattr(error, "message", "").startswith("Received HTTPS traffic"):  # the parser looks at it itself
        return Refusal(
            400, "tls_on_http", "This is TLS, on the port for plain HTTP: ask for http://, or set listen.tls."
        )
    if isinstance(error, BadHttpMethod):  # RFC 9110 section 15.6.2
        return Refusal(
            501, "unknown_method", "This is no HTTP/1.1 request, or its method is none that the parser knows."
        )
    return Refusal(400, "malformed_request", "This is not an HTTP/1.1 request (RFC 9112).")
