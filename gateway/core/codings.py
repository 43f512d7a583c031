"""Decodes the content codings of a body (RFC 9110 section 8.4.1): gzip, deflate, br and zstd, up to a size."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable

import brotli

from gateway.core.model import Headers, RawHeaders

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DECODED_LIMIT = 4 * 1024 * 1024
"""Largest decoded body, in bytes. A small body that decodes to more is an attack, or too large to keep."""

MOST = 3
"""Largest number of codings of one body, one around the other. Each may decode to DECODED_LIMIT bytes."""
MEMBERS = 1000
"""Largest number of parts of a body that are coded one by one."""
GIVEN = 1 << 14
"""Bytes that a decoder gets at once. It copies the bytes after its own part."""


class CodingError(ValueError):
    """A body cannot be decoded: an unknown coding, damaged data, or more than DECODED_LIMIT bytes.

    Its text names the found value, so it can follow `found` in a message.
    """


class DecodedTooLongError(CodingError):
    """A body decodes to more bytes than the limit of the call."""


def codings_of(fields: Headers | RawHeaders) -> str:
    """Return a message's content codings, in the order in which they were applied. Several Content-Encoding fields make one list."""
    raw = fields.raw if isinstance(fields, Headers) else fields
    return ", ".join([value.decode("latin-1") for name, value in raw if name.lower() == b"content-encoding"])


def plain(headers: Headers, body: object, limit: int = DECODED_LIMIT) -> tuple[Headers, bytes]:
    """Return a decoded body, and the headers without Content-Encoding. A coded body cannot be redacted.

    Raises CodingError if a coding cannot be undone, and DecodedTooLongError for more than `limit` bytes.
    """
    if not isinstance(body, bytes):
        message = "only a whole body can be decoded"
        raise TypeError(message)
    coding = codings_of(headers)
    if not body or not coding:
        return headers, body
    return headers.without("Content-Encoding"), decode(coding, body, limit)


def listed(coding: str) -> list[str]:
    """Return the codings of a Content-Encoding field, in lower case. Raises CodingError for more than MOST codings."""
    names = [name for part in coding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    if len(names) > MOST:
        message = f"{len(names)} content codings, of which there may be {MOST}"
        raise CodingError(message)
    return names


def decode(coding: str, body: bytes, limit: int = DECODED_LIMIT) -> bytes:
    """Undo `coding`, the value of a Content-Encoding field, the last coding first. Raises CodingError if this fails."""
    for name in reversed(listed(coding)):
        decoder = DECODERS.get(name)
        if decoder is None:
            message = f"an unknown content coding (known are {', '.join(DECODERS)})"
            raise CodingError(message)
        try:
            body = decoder(body, limit) if body else body
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            message = f"a body that is not {name}"
            raise CodingError(message) from error
    return body


def _members(make: Callable[[], zlib._Decompress | zstd.ZstdDecompressor], body: bytes, limit: int) -> bytes:
    """Decode data that may have several members in a row (RFC 1952 section 2.2, RFC 8878 section 3.1)."""
    pieces: list[bytes] = []
    at = members = 0
    while at < len(body) and members < MEMBERS:
        member = make()
        members += 1
        while not member.eof and at < len(body):
            given = body[at : at + GIVEN]
            pieces.append(_bounded(member.decompress(given, limit + 1), limit))
            limit -= len(pieces[-1])
            at += len(given) - len(member.unused_data)
        if not member.eof:
            break
    else:
        if at >= len(body):
            return b"".join(pieces)
    message = "cut off"
    raise EOFError(message)


def _gzip(body: bytes, limit: int) -> bytes:
    return _members(lambda: zlib.decompressobj(wbits=31), body, limit)


def _deflate(body: bytes, limit: int) -> bytes:
    """Undo zlib's format, or raw deflate, which some servers send under that name (RFC 9110 section 8.4.1.2)."""
    zlib_format = len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and (body[0] << 8 | body[1]) % 31 == 0
    stream = zlib.decompressobj(wbits=15 if zlib_format else -15)
    decoded = _bounded(stream.decompress(body, limit + 1), limit)
    if not stream.eof:
        message = "cut off"
        raise EOFError(message)
    return decoded


def _br(body: bytes, limit: int) -> bytes:
    stream = brotli.Decompressor()
    pieces = [_bounded(stream.process(body, output_buffer_limit=limit + 1), limit)]
    size = len(pieces[0])
    while not stream.is_finished():
        piece = stream.process(b"", output_buffer_limit=limit + 1)
        if not piece and not stream.is_finished():
            message = "cut off"
            raise EOFError(message)
        size += len(piece)
        pieces.append(_bounded(piece, limit - size + len(piece)))
    return b"".join(pieces)


def _zstd(body: bytes, limit: int) -> bytes:
    return _members(zstd.ZstdDecompressor, body, limit)


def _bounded(decoded: bytes, limit: int) -> bytes:
    if len(decoded) > limit:
        message = "more bytes than a recorded body may have"
        raise DecodedTooLongError(message)
    return decoded


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _br,
    "zstd": _zstd,
}
