"""Decodes a recorded body, removes its Content-Encoding, and corrects its length.

Facts
-----
* vcrpy records the body that a client hands it. requests and aiohttp leave decoded text beside a stale `Content-Encoding: gzip`, and
  httpx leaves the compressed bytes. So the bytes decide, not the header alone.
* gzip and zstd begin with bytes that UTF-8 text cannot begin with. deflate and br have no such mark. For them, text counts as decoded,
  and so do other bytes that do not decode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cassettes.format import carries_its_length
from gateway.core.codings import CodingError, codings_of, decode, listed

if TYPE_CHECKING:
    from gateway.core.model import Headers

MAX_BODY = 64 * 1024 * 1024
"""Largest size of a decoded body, in bytes. A kilobyte of gzip can become a gigabyte."""

_MAGIC = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}


def replayable(method: str, status: int, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Return a response's headers and body without any coding.

    Transfer-Encoding is removed too. It belongs to the recorded transmission, not to the next one (RFC 9112 section 6.1). Raises
    `CodingError` for a body that is damaged, too large when decoded, or in an unknown coding.
    """
    if coding := codings_of(headers):
        for name in reversed(listed(coding)):
            body = _decoded(name, body)
        headers = headers.without("Content-Encoding")
    if "Transfer-Encoding" in headers:
        headers = headers.without("Transfer-Encoding")
    length = headers.getall("Content-Length")
    if length and carries_its_length(method, status) and length != [str(len(body))]:
        headers = headers.with_("Content-Length", str(len(body)))
    return headers, body


def _decoded(coding: str, body: bytes) -> bytes:
    """Return `body` decoded by `coding`. A body that is not in this coding stays as it is."""
    if coding in _MAGIC:
        return decode(coding, body, MAX_BODY) if body.startswith(_MAGIC[coding]) else body
    if coding not in {"deflate", "br"}:
        return decode(coding, body, MAX_BODY)
    if _is_text(body):
        return body
    try:
        return decode(coding, body, MAX_BODY)
    except CodingError as error:
        if error.__cause__ is None:  # it decodes, but the result is too large
            raise
        return body


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
