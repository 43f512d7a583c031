"""The fields that follow a chunked body (RFC 9112 section 7.1.2), read from the last bytes of the message.

Facts
-----
* aiohttp's parser reads and checks trailers, but hands none of them out. That the message has ended, and where, is the parser's word;
  here only its last bytes are looked at.
* From the end of a message backwards all lines are trailers up to the last chunk, a line of zeros and perhaps an extension. No field
  line looks like that one, since no name has a semicolon, and none is without a colon. So there is one reading.
* A trailer may not frame or route a message, nor say who asks or what the body is (RFC 9110 section 6.5.1). What its message has not
  announced is not passed on either.
"""

from __future__ import annotations

import re

from gateway.core.headers import HOP_BY_HOP
from gateway.core.model import RawHeaders

FORBIDDEN = HOP_BY_HOP | {
    b"age", b"authorization", b"cache-control", b"content-encoding", b"content-length", b"content-range", b"content-type",
    b"cookie", b"date", b"expect", b"expires", b"host", b"location", b"max-forwards", b"pragma", b"range", b"retry-after",
    b"set-cookie", b"vary", b"www-authenticate",
}  # fmt: skip
"""What is no trailer, whatever a message announces."""
_LAST_CHUNK = re.compile(rb"0++(?:[ \t]*+;[^\r\n]*+)?+")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++):[ \t]*+([^\0\r\n]*+)")


def announced_in(values: list[str]) -> frozenset[bytes]:
    """Return the names, in lower case, that the values of `Trailer` announce and that a trailer may have."""
    names = {name.strip().lower().encode("latin-1", "replace") for value in values for name in value.split(",")}
    return frozenset(names - FORBIDDEN - {b""})


def trailers_in(end: bytes, announced: frozenset[bytes]) -> RawHeaders:
    """Return the trailers of a chunked message that ends with these bytes: those that it has announced, in order."""
    if not end.endswith(b"\r\n\r\n"):
        return ()
    found: list[tuple[bytes, bytes]] = []
    for line in reversed(end[:-4].split(b"\r\n")):
        if _LAST_CHUNK.fullmatch(line):
            return tuple(reversed(found))
        field = _FIELD.fullmatch(line)
        if field is None:
            return ()
        if field[1].lower() in announced:
            found.append((field[1], field[2].rstrip(b" \t")))
    return ()
