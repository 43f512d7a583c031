"""Joins repeated request fields into one field, as a cassette keeps them (RFC 9110 section 5.3; Cookie: RFC 6265 section 5.4)."""

from __future__ import annotations

from gateway.core.model import Headers


def folded(headers: Headers) -> Headers:
    """Return header fields with each name once, at its first place, with all its values."""
    lower = [name.lower() for name, _ in headers.raw]
    if len(set(lower)) == len(lower):
        return headers
    values: dict[bytes, list[bytes]] = {}
    names: dict[bytes, bytes] = {}
    for name, (written, value) in zip(lower, headers.raw, strict=True):
        names.setdefault(name, written)
        values.setdefault(name, []).append(value)
    return Headers(
        tuple((names[name], (b"; " if name == b"cookie" else b", ").join(several)) for name, several in values.items())
    )
