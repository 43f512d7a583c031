"""A request target with raw UTF-8, which curl sends unchanged: percent-encoded for reading, and sent on as it came.

Facts
-----
* RFC 3986 has no such bytes in a URL, and llhttp refuses them; nginx takes them and passes them on. Bytes that are no UTF-8 stay refused.
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
    """Percent-encode what is beyond ASCII (RFC 3986 section 2.1); all else stays."""
    return target if target.isascii() else _RAW.sub(lambda byte: b"%%%02X" % byte[0][0], target)


def on_the_wire(request: Request) -> str:
    """Return the target as it goes out: as it came, unless it was changed since."""
    raw = request.raw_target
    if raw and encoded(raw.encode("latin-1")) == request.target.encode("latin-1"):
        return raw
    return request.target


class FirstLine:
    """The first line of a message as its pieces come. `longest`: its bytes at most; a longer one is refused by the parser."""

    __slots__ = ("_held", "_line", "_longest", "raw_target")

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._line = bytearray()
        """What came of a line that has no end yet."""
        self._held = 0
        """How many bytes of that, its last ones, the parser has not got: what is beyond ASCII is not judged before the line's end."""
        self.raw_target = ""
        """The target as it came, where the last line that ended has bytes beyond ASCII in it; else nothing."""

    @property
    def is_open(self) -> bool:
        """Whether the line goes on in the next piece."""
        return len(self._line) > 0

    def read(self, data: bytes) -> bytes:
        """Return what the parser gets of a piece with which a message begins, or its first line goes on."""
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
