"""The picture that only the gateway serves. If a browser shows it under a host's name, that name leads to the gateway.

Facts
-----
* A page may show a picture of any host, without a script, in a browser of any age. Over https, the browser shows it only if it trusts
  the certificate. If the picture does not load, the browser shows the text in its place (`alt`).
* PNG (ISO/IEC 15948): a signature, then chunks of length, name, data and CRC. Each line of the picture begins with its filter, 0.
"""

from __future__ import annotations

import struct
import zlib

from gateway.core.equivalence import equivalent_path
from gateway.core.model import Headers, Request, Response

CHECK_PATH = "/.well-known/pass-gateway/check.png"
"""The path of the picture. It works under every host name that leads to the gateway."""

_TICK = """\
................
................
............##..
...........###..
..........###...
.........###....
.##.....###.....
.###...###......
..###.###.......
...#####........
....###.........
.....#..........
................
................
"""
_SCALE = 3
_PALETTE = bytes((0xFF, 0xFF, 0xFF, 0x0B, 0x6B, 0x2E))
"""White, and the green of "yes" on the lab's pages."""


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))


def _drawn() -> bytes:
    lines = _TICK.splitlines()
    rows = [
        b"\0" + bytes(int(dot == "#") for dot in line for _ in range(_SCALE)) for line in lines for _ in range(_SCALE)
    ]
    size = struct.pack("!IIBBBBB", len(lines[0]) * _SCALE, len(rows), 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"PLTE", _PALETTE), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


PICTURE = _drawn()
"""A tick, as PNG."""
_FIELDS = Headers.of(
    (("Content-Type", "image/png"), ("Content-Length", str(len(PICTURE))), ("Cache-Control", "no-store"))
)
ANSWER = Response(200, "OK", _FIELDS, PICTURE)


def asks_for_picture(request: Request) -> bool:
    """Whether a request asks for the picture, with any method. Its target is in origin form."""
    return request.path == CHECK_PATH or equivalent_path(request.path) == CHECK_PATH
