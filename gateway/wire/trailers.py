"""Reads trailers, the fields after a chunked body (RFC 9112 section 7.1.2), from the last bytes of the message.

Facts
-----
* aiohttp's parser reads and checks trailers, but does not hand them out. The parser says that the message has ended, and where.
  This module only looks at its last bytes.
* Read backwards from the end, all lines are trailers up to the last chunk: a line of zeros, perhaps with an extension. A field line
  never looks like that line, because a field has a colon and its name has no semicolon. So there is only one way to read it.
* A trailer must not frame or route a message, name the client, or describe the body (RFC 9110 section 6.5.1). Trailers that the
  message has not announced are not passed on either.
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
"""Fields that are never passed on as trailers, even if a message announces them."""
_LAST_CHUNK = re.compile(rb"0++(?:[ \t]*+;[^\r\n]*+)?+")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++):[ \t]*+([^\0\r\n]*+)")


def announced_in(values: list[str]) -> frozenset[bytes]:
    """Return the allowed names, in lower case, that the values of `Trailer` announce."""
    names = {name.strip().lower().encode("latin-1", "replace") for value in values for name in value.split(",")}
    return frozenset(names - FORBIDDEN - {b""})


def trailers_in(end: bytes, announced: frozenset[bytes]) -> RawHeaders:
    """Return the announced trailers, in order, of a chunked message that ends with these bytes."""
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
