"""A message for a finding or the history: without its body, and short enough for redaction in one step."""

from __future__ import annotations

from itertools import accumulate

from msgspec.structs import replace

from gateway.core.model import Exchange, Headers, Request

TARGET = 2048
"""Characters of the longest target that is written down with its query. Of a longer target only the path is written down."""
FIELDS = 6144
"""The most bytes of header fields that are written down."""
MOST = 100
"""The most findings of one call that are written down."""


def fields_of(headers: Headers, most: int) -> Headers:
    """Return the first fields that have at most `most` bytes together."""
    sizes = accumulate(len(name) + len(value) for name, value in headers.raw)
    kept = sum(size <= most for size in sizes)
    return headers if kept == len(headers) else Headers(headers.raw[:kept])


def shortened(exchange: Exchange, fields: int = FIELDS) -> tuple[Request, dict[str, int]]:
    """Return the shortened request of an exchange, and how much of each part was left out."""
    received = exchange.received
    target = received.target if len(received.target) <= TARGET else received.path
    target = target if len(target) <= TARGET else "/"
    headers = fields_of(received.headers, fields)
    left_out = {
        "target_characters": len(received.target) - len(target),
        "header_fields": len(received.headers) - len(headers),
        "findings": max(0, len(exchange.findings) - MOST),
    }
    request = replace(received, target=target, headers=headers, body=b"")
    return request, {name: count for name, count in left_out.items() if count}
