"""The picture of the self-check: a PNG, and asked for under every spelling of its path."""

from __future__ import annotations

import struct
import zlib

from gateway.core.check_picture import ANSWER, CHECK_PATH, PICTURE, asks_for_picture
from gateway.core.model import Request
from tests.harness.for_each import for_each


def test_it_is_a_whole_png() -> None:
    assert PICTURE.startswith(b"\x89PNG\r\n\x1a\n")
    at, names, data = 8, [], b""
    while at < len(PICTURE):
        (length,) = struct.unpack("!I", PICTURE[at : at + 4])
        name, chunk = PICTURE[at + 4 : at + 8], PICTURE[at + 8 : at + 8 + length]
        assert struct.unpack("!I", PICTURE[at + 8 + length : at + 12 + length]) == (zlib.crc32(name + chunk),)
        names.append(name)
        data += chunk if name == b"IDAT" else b""
        at += 12 + length
    assert names == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height = struct.unpack("!II", PICTURE[16:24])
    assert len(zlib.decompress(data)) == (width + 1) * height
    assert ANSWER.headers.get("Cache-Control") == "no-store"


@for_each(
    ("target", "asks"),
    [
        (CHECK_PATH, True),
        (f"{CHECK_PATH}?1", True),
        ("/%2ewell-known/pass-gateway/check.pn%67", True),
        (f"{CHECK_PATH}/more", False),
        ("/.well-known/pass-gateway/health", False),
        ("/check.png", False),
    ],
)
def test_what_asks_for_it(target: str, asks: bool) -> None:
    assert asks_for_picture(Request("GET", target)) is asks
