"""HTTP/1.1 heads, written from the bytes that were read: names, order, case and repeats as they came.

aiohttp parses; what it would write differs from what came in (it re-quotes targets, merges spellings, adds fields), so both sides
of the gateway write their heads here. A head that another reader could take for something else is refused, wherever it came from.
"""

from __future__ import annotations

import re

from gateway.core.model import Body, Headers, RawHeaders

CRLF = b"\r\n"
LAST_CHUNK = b"0\r\n\r\n"
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELDS = rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [^\0\r\n]*\r\n)*"  # RFC 9110 section 5.5: CR, LF and NUL are dangerous
_HEAD = re.compile(rb"[^\0\r\n]*\r\n" + _FIELDS + rb"\r\n")
LENGTH_DIGITS = 18
"""The digits of a Content-Length that is believed; the parser takes 2^64-1, which has 20, for none at all."""


class HeadError(ValueError):
    """A head cannot be written: something in it would end a line, or the line's part, before its time."""


def request_head(method: str, target: str, fields: RawHeaders) -> bytes:
    """Return the request line and the fields (RFC 9112 section 3), or raise HeadError."""
    if " " in target or not TOKEN.fullmatch(method):
        message = "a space in the request target, or a method that is no token"
        raise HeadError(message)
    return _head(b"%b %b HTTP/1.1" % (method.encode("latin-1"), target.encode("latin-1")), fields)


def response_head(status: int, reason: str, fields: RawHeaders) -> bytes:
    """Return the status line and the fields (RFC 9112 section 4), or raise HeadError."""
    return _head(b"HTTP/1.1 %d %b" % (status, reason.encode("latin-1", "replace")), fields)


def _head(start_line: bytes, fields: RawHeaders) -> bytes:
    head = b"".join([start_line, CRLF, *[b"%b: %b\r\n" % field for field in fields], CRLF])
    if head.count(b"\n") != len(fields) + 2 or not _HEAD.fullmatch(head):
        message = "a line end or a NUL inside a start line or a header field, or a field name that is no token"
        raise HeadError(message)
    return head


def chunk(data: bytes) -> bytes:
    """Return `data` as one chunk (RFC 9112 section 7.1); of no data nothing, since an empty chunk is the last."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def one_reading(fields: RawHeaders) -> bool:
    """Tell whether what frames the body has one meaning: one plain length, or `chunked` alone (RFC 9112 sections 6.1 and 6.3).

    A further transfer coding would have to be undone, since Transfer-Encoding is not passed on.
    """
    lengths = [value for name, value in fields if name.lower() == b"content-length"]
    codings = [value.lower() for name, value in fields if name.lower() == b"transfer-encoding"]
    if codings:
        return codings == [b"chunked"] and not lengths
    return not lengths or (len(lengths) == 1 and lengths[0].isdigit() and len(lengths[0]) <= LENGTH_DIGITS)


def content_length(fields: RawHeaders) -> int | None:
    """Return the Content-Length, or None where there is none; the parser has refused every malformed one."""
    for name, value in fields:
        if name.lower() == b"content-length":
            return int(value)
    return None


def framed(fields: RawHeaders, body: Body) -> tuple[RawHeaders, bool]:
    """Return the fields with what frames `body`, and whether it is to be chunked.

    A Content-Length that is there stays, in its place, but tells the length that a whole body has: a rule or a cassette may have
    changed it. A body without one is chunked; no body and no length adds nothing.
    """
    length = content_length(fields)
    if length is None:
        return (fields, False) if body == b"" else ((*fields, (b"Transfer-Encoding", b"chunked")), True)
    if isinstance(body, bytes) and length != len(body):
        return Headers(fields).with_("Content-Length", str(len(body))).raw, False
    return fields, False
