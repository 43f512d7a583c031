"""Base64 and hexadecimal parts of a text. They are read together for a search, and singly to be written again.

Facts
-----
* The characters before an encoded text, such as a path, may be of the same alphabet. Then the run begins earlier than the encoded text.
  So a run is read from each of its first four characters (first two, if hexadecimal).
* Both alphabets of Base64 (RFC 4648 sections 4 and 5) are read, with padding or without it.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Run: TypeAlias = bytes

SHORTEST_RUN = 16
_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{%d,}+={0,2}" % SHORTEST_RUN)
"""Sixteen characters wrap twelve bytes. A shorter secret is recognised only by its place."""
_HEX = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{24,}+")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_DEFLATED = (b"H4sI", b"eJ", b"eN", b"eA", b"eF")
"""The beginnings of gzip and zlib data in Base64 (RFC 1952 section 2.3, RFC 1950 section 2.2)."""
_GZIP = b"\x1f\x8b"


class Base64:
    """Base64, of either alphabet."""

    phases = 4
    found = staticmethod(_BASE64.findall)
    """Returns the runs in a text, with their padding."""

    @staticmethod
    def runs(data: bytes) -> list[tuple[int, int]]:
        """Return the places of runs, with their padding."""
        return [run.span() for run in _BASE64.finditer(data)]

    @staticmethod
    def joined(runs: Sequence[Run]) -> Iterator[bytes]:
        """Yield the data that all runs wrap, decoded from each of four offsets. For each run, one offset is right."""
        joined = b"AAAAAAAA".join((*runs, b"")).translate(_TO_STANDARD, b"=")
        for phase in range(4):
            yield binascii.a2b_base64(joined[phase : phase + (len(joined) - phase) // 4 * 4])

    @staticmethod
    def read(run: Run, phase: int) -> bytes:
        """Return the data that one run wraps."""
        piece = run.rstrip(b"=")[phase:]
        piece = piece[: len(piece) - (len(piece) % 4 == 1)]
        return binascii.a2b_base64(piece.translate(_TO_STANDARD) + b"=" * (-len(piece) % 4))

    @staticmethod
    def written(run: Run, phase: int, wrapped: bytes) -> Run:
        """Return `wrapped` in the alphabet and with the padding of `run`. The text before it stays."""
        piece = binascii.b2a_base64(wrapped, newline=False)
        if b"-" in run or b"_" in run:
            piece = piece.translate(_TO_URL)
        rest = len(run.rstrip(b"=")) - phase
        if not run.endswith(b"=") and rest % 4:
            piece = piece.rstrip(b"=")
        return run[:phase] + piece + (run[-1:] if rest % 4 == 1 else b"")


class Hex:
    """Hexadecimal digits, of either case."""

    phases = 2
    found = staticmethod(_HEX.findall)
    """Returns the runs in a text."""

    @staticmethod
    def runs(data: bytes) -> list[tuple[int, int]]:
        """Return the places of runs."""
        return [run.span() for run in _HEX.finditer(data)]

    @staticmethod
    def joined(runs: Sequence[Run]) -> Iterator[bytes]:
        """Yield the data that all runs wrap, decoded from each of two offsets."""
        joined = b"0000".join((*runs, b""))
        for phase in range(2):
            yield Hex.read(joined, phase)

    @staticmethod
    def read(run: Run, phase: int) -> bytes:
        """Return the data that one run wraps."""
        return binascii.unhexlify(run[phase : phase + (len(run) - phase) // 2 * 2])

    @staticmethod
    def written(run: Run, phase: int, wrapped: bytes) -> Run:
        """Return `wrapped` in digits of the case of `run`. The text before and after it stays."""
        digits = binascii.hexlify(wrapped)
        if run != run.lower():
            digits = digits.upper()
        rest = (len(run) - phase) % 2
        return run[:phase] + digits + run[len(run) - rest :]


WRAPS = (Base64, Hex)


def inflated(runs: Sequence[Run], most: int) -> Iterator[bytes]:
    """Yield the decompressed data of gzip and zlib in runs of Base64. `most`: the largest number of bytes for each run."""
    for run in runs:
        if run.startswith(_DEFLATED) and (plain := inflate(Base64.read(run, 0), most)) is not None:
            yield plain


def inflate(data: bytes, most: int) -> bytes | None:
    """Return the decompressed data of gzip or zlib, as far as it is intact. None for any other data."""
    try:
        return zlib.decompressobj(47).decompress(data, most) or None
    except zlib.error:
        return None


def deflate(plain: bytes, like: bytes) -> bytes:
    """Return `plain` in the format of `like`: gzip or zlib."""
    stream = zlib.compressobj(wbits=31 if like.startswith(_GZIP) else 15)
    return stream.compress(plain) + stream.flush()
