"""Counts the removed secrets by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import field

from gateway.core.bounded import Bounded
from gateway.core.secrets.scrub import Scrub

REPEATED = "a repeated secret"
"""The kind of a secret that only another place revealed."""
_ZERO = "0"
"""The replacement of a number in JSON, which has no look-alike. A later search must not count this zero as a secret."""


class Tallies(Bounded[tuple[str, str], Counter[str]]):
    """Counts of the texts in a scrub's cache."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("counted texts", 32 << 20, longest=64 << 10, size=lambda key, _: 600 + 2 * len(key[1]))


class CountingScrub(Scrub):
    """A scrub that counts its replacements by kind."""

    counts: Counter[str] = field(default_factory=Counter)
    tallies: Tallies | None = None
    """The counts of the texts in `memory`."""

    def __call__(self, kind: str, value: str) -> str:
        """Return the replacement of `value`."""
        replaced = Scrub.__call__(self, kind, value)
        if value not in {replaced, _ZERO}:
            self.counts[kind] += 1
        return replaced

    def of_bytes(self, kind: str, value: bytes) -> bytes:
        """Return the replacement of a value that may be a number, a list or a map."""
        replaced = Scrub.of_bytes(self, kind, value)
        if replaced != value:
            self.counts[kind] += 1
        return replaced

    def once(self, place: str, text: str, redact: Callable[[str], str]) -> str:
        """Return `redact(text)`, from memory if possible. Its secrets are counted each time."""
        if self.memory is None or self.tallies is None:
            return redact(text)
        before, self.counts = self.counts, Counter()
        replaced = Scrub.once(self, place, text, redact)
        counted = self.counts
        if not counted and replaced != text:  # it was in memory
            counted = self.tallies.get((place, text))
            if counted is None:
                redact(text)
                counted = self.counts
        if counted:
            self.tallies.put((place, text), counted)
        before.update(counted)
        self.counts = before
        return replaced

    def without_repeated(self, text: str) -> str:
        """Replace the secrets of earlier legs in a text."""
        changed, count = self.seen.without(text)
        if count:
            self.counts[REPEATED] += count
        return changed
