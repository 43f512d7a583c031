"""Counts what is removed, by kind."""

from __future__ import annotations

from collections import Counter

from msgspec import field

from gateway.core.secrets.scrub import Scrub

_ZERO = "0"
"""What a number in JSON becomes, for want of a look-alike; it is asked about again, and is no secret."""


class CountingScrub(Scrub):
    """A scrub that counts, by kind, what it replaced."""

    counts: Counter[str] = field(default_factory=Counter)

    def __call__(self, kind: str, value: str) -> str:
        """Return what stands in the place of `value`."""
        replaced = Scrub.__call__(self, kind, value)
        if value not in {replaced, _ZERO}:
            self.counts[kind] += 1
        return replaced

    def of_bytes(self, kind: str, value: bytes) -> bytes:
        """Return what stands in the place of a value that may be no text."""
        replaced = Scrub.of_bytes(self, kind, value)
        if replaced != value:
            self.counts[kind] += 1
        return replaced
