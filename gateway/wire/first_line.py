"""Accepts raw UTF-8 in a request target, which curl sends unchanged. The target is percent-encoded for reading, and sent on as it came.

Facts
-----
* RFC 3986 allows no byte beyond ASCII in a URL, and llhttp refuses it. nginx accepts and passes it on. Bytes that are not UTF-8 stay refused.
* The core reads, compares and records the percent-encoded target. The upstream gets the original bytes, unless a rule changed them.
* If several requests come in one piece (pipelining), only the first target is looked at. Only a browser might send this, and a browser encodes.
"""

from __future__ import annotations

import re

from gateway.core.model import Request

_RAW = re.compile(rb"[\x80-\xff]")
_WHOLE = re.compile(rb"[A-Za-z-]++ ([^\x00- \x7f]++) HTTP/1\.[01]\r?")
_METHOD = re.compile(rb"[A-Za-z-]++(?: |\Z)")


def encoded(target: bytes) -> bytes:
    """Percent-encode the bytes beyond ASCII (RFC 3986 section 2.1). Other bytes stay."""
    return target if target.isascii() else _RAW.sub(lambda byte: b"%%%02X" % byte[0][0], target)


def on_the_wire(request: Request) -> str:
    """Return the target as it is sent on: the original bytes, unless a rule changed the target."""
    raw = request.raw_target
    if raw and encoded(raw.encode("latin-1")) == request.target.encode("latin-1"):
        return raw
    return request.target


class FirstLine:
    """Reads the first line of a message, piece by piece. `longest`: the most bytes of a line; the parser refuses a longer line."""

    __slots__ = ("_held", "_line", "_longest", "raw_target")

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._line = bytearray()
        """The bytes so far of a line that has no end yet."""
        self._held = 0
        """How many of its last bytes the parser has not got yet. A line beyond ASCII is judged only when it is whole."""
        self.raw_target = ""
        """The original target, if the last whole line had bytes beyond ASCII; otherwise empty."""

    @property
    def is_open(self) -> bool:
        """Whether the line goes on in the next piece."""
        return len(self._line) > 0

    def read(self, data: bytes) -> bytes:
        """Take a piece that begins or continues a first line, and return the bytes that the parser gets of it."""
        start = 0
        if not self._line:
            self.raw_target = ""
            start = len(data) - len(data.lstrip(b"\r\n"))  # RFC 9112 section 2.2
            if not _METHOD.match(data, start):
                return data
        end = data.find(b"\n", start)
        if end < 0 and len(self._line) + len(data) <= self._longest:
            self._line += data[start:]
            if not self._held and data.isascii():
                return data
            self._held += len(data) - start
            return data[:start]
        line = bytes(self._line + data[start : max(end, start)])
        held = line[len(self._line) - self._held :]
        self._line.clear()
        self._held = 0
        whole = None if line.isascii() else _WHOLE.fullmatch(line)
        if whole is not None and _is_utf_8(whole[1]):
            self.raw_target = whole[1].decode("latin-1")
            held = encoded(held)
        return data[:start] + held + data[max(end, start) :]


def _is_utf_8(target: bytes) -> bool:
    try:
        target.decode()
    except UnicodeDecodeError:
        return False
    return True
