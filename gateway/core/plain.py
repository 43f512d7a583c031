"""A message's body without its content codings, and the headers that go with it: what is coded cannot be redacted."""

from __future__ import annotations

from gateway.core.codings import DECODED_LIMIT, decode
from gateway.core.model import Headers


def plain(headers: Headers, body: object, limit: int = DECODED_LIMIT) -> tuple[Headers, bytes]:
    """Return both; raise CodingError where a coding cannot be undone, of more than `limit` bytes DecodedTooLongError."""
    if not isinstance(body, bytes):
        message = "only a whole body can be redacted"
        raise TypeError(message)
    coding = ", ".join(headers.getall("Content-Encoding"))
    if not body or not coding:
        return headers, body
    return headers.without("Content-Encoding"), decode(coding, body, limit)
