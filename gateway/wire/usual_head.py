"""Reads the head that nearly all apps send, as aiohttp's parser would, in less time. Every other head is left to the parser.

Facts
-----
* A head is read here if RFC 9112 allows only one reading: GET, HEAD or DELETE, a path in ASCII, HTTP/1.1, one Host, and fields that each
  have a token, a colon, a blank, and a value without blanks around it. No name comes twice, and no field concerns framing or the
  connection.
* The parser also makes a URL, decodes every field, and copies all of them into a dictionary. Nobody needs these.
* A test reads generated heads with both.
"""

from __future__ import annotations

import re

from gateway.core.headers import HOST
from gateway.core.model import Headers

LONGEST = 8192
"""Bytes of the fields that are read here."""
MOST = 64
"""How many fields are read here."""
_LINE = re.compile(rb"(GET|HEAD|DELETE) (/[!\"$-~]*+) HTTP/1\.1")
_FIELD = re.compile(
    rb"(?<![^\n])([!#$%&'*+.^_`|~0-9A-Za-z-]++): ((?:[!-~\x80-\xff][\t -~\x80-\xff]*+(?<![\t ]))?+)\r\n"
)
_OTHERWISE = frozenset(
    {
        *(b"connection", b"content-length", b"expect", b"keep-alive", b"proxy-connection"),
        *(b"sec-websocket-key1", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
    }
)
"""Names of fields with which a head is left to the parser."""


def request_line(line: bytes) -> tuple[str, str] | None:
    """Return method and target of a first line without its line end; None if the line is not a usual one."""
    read = _LINE.fullmatch(line)
    return (read[1].decode("ascii"), read[2].decode("ascii")) if read is not None else None


def fields(data: bytes) -> Headers | None:
    """Return the header fields in bytes that end with the empty line; None if a field is not a usual one."""
    if len(data) > LONGEST or not data.endswith(b"\r\n\r\n"):
        return None
    headers = Headers(tuple(_FIELD.findall(data)))
    if headers.size + 4 * len(headers.raw) + 2 != len(data):  # there are other bytes between the fields
        return None
    return headers if are_usual(headers) else None


def are_usual(headers: Headers) -> bool:
    """Whether no field comes twice or concerns framing or the connection, and there is one valid Host."""
    names = headers.names
    return (
        len(names) == len(headers.raw) <= MOST
        and b"host" in names
        and names.keys().isdisjoint(_OTHERWISE)
        and HOST.fullmatch(headers.raw[names[b"host"]][1].decode("latin-1")) is not None
    )
