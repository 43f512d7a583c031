"""Writes HTTP/1.1 heads from the bytes that were read. Names, order, case and repeated fields stay as they came.

aiohttp parses messages, but its writer changes them: it quotes targets again, merges spellings and adds fields. So both sides of the
gateway write their heads here. A head that another reader could understand differently is refused, wherever it came from.
"""

from __future__ import annotations

import re

from gateway.core.model import Body, Headers, RawHeaders

CRLF = b"\r\n"
LAST_CHUNK = b"0\r\n\r\n"
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELDS = rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [^\0\r\n]*\r\n)*"  # RFC 9110 section 5.5: CR, LF and NUL are dangerous
_LINES = re.compile(_FIELDS)
_BREAKS = re.compile(rb"[\0\r\n]")
LENGTH_DIGITS = 18
"""The most digits that a Content-Length may have. The parser takes 2^64-1, a number of 20 digits, for a missing length."""


class HeadError(ValueError):
    """A head cannot be written: a character in it would end the line, or a part of the line, too early."""


def request_head(method: str, target: str, fields: RawHeaders) -> bytes:
    """Return the request line and the fields (RFC 9112 section 3), or raise HeadError."""
    return request_line(method, target) + field_lines(fields)


def request_line(method: str, target: str) -> bytes:
    """Return the request line with its line end, or raise HeadError."""
    if " " in target or not TOKEN.fullmatch(method):
        message = "a space in the request target, or a method that is no token"
        raise HeadError(message)
    return _line(b"%b %b HTTP/1.1" % (method.encode("latin-1"), target.encode("latin-1")))


def response_head(status: int, reason: str, fields: RawHeaders) -> bytes:
    """Return the status line and the fields (RFC 9112 section 4), or raise HeadError."""
    return _line(b"HTTP/1.1 %d %b" % (status, reason.encode("latin-1", "replace"))) + field_lines(fields)


def _line(start: bytes) -> bytes:
    if _BREAKS.search(start) is not None:
        message = "a line end or a NUL inside a start line"
        raise HeadError(message)
    return start + CRLF


def field_lines(fields: RawHeaders) -> bytes:
    """Return the fields and the line end behind them, or raise HeadError."""
    lines = b"".join([b"%b: %b\r\n" % field for field in fields])
    if lines.count(b"\n") != len(fields) or not _LINES.fullmatch(lines):
        message = "a line end or a NUL inside a header field, or a field name that is no token"
        raise HeadError(message)
    return lines + CRLF


def chunk(data: bytes) -> bytes:
    """Return `data` as one chunk (RFC 9112 section 7.1). Empty data gives no chunk, because an empty chunk ends the body."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def one_reading(fields: RawHeaders) -> bool:
    """Say whether the fields frame the body in one way only: one plain length, or `chunked` alone (RFC 9112 sections 6.1 and 6.3).

    Transfer-Encoding is not passed on, so the gateway would have to undo any other transfer coding.
    """
    lengths = [value for name, value in fields if name.lower() == b"content-length"]
    codings = [value.lower() for name, value in fields if name.lower() == b"transfer-encoding"]
    if codings:
        return codings == [b"chunked"] and not lengths
    return not lengths or (len(lengths) == 1 and lengths[0].isdigit() and len(lengths[0]) <= LENGTH_DIGITS)


def content_length(fields: RawHeaders) -> int | None:
    """Return the Content-Length, or None if it is missing. The parser has already refused a malformed one."""
    for name, value in fields:
        if name.lower() == b"content-length":
            return int(value)
    return None


def framed(fields: RawHeaders, body: Body) -> tuple[RawHeaders, bool]:
    """Return the fields that frame `body`, and whether the body is to be chunked.

    An existing Content-Length keeps its place and gets the length of the body, because a rule or a cassette may have changed the body.
    A body without Content-Length is chunked. If there is neither a body nor a length, no field is added.
    """
    length = content_length(fields)
    if length is None:
        return (fields, False) if body == b"" else ((*fields, (b"Transfer-Encoding", b"chunked")), True)
    if isinstance(body, bytes) and length != len(body):
        return Headers(fields).with_("Content-Length", str(len(body))).raw, False
    return fields, False
