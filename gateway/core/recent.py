"""A short memory of recent texts, for checks over time: an immutable value of bounded size."""

from __future__ import annotations

import math

from msgspec import Struct


class Recent(Struct, frozen=True, array_like=True, gc=False):
    """The last few different texts, each with the time of its last use."""

    entries: tuple[tuple[str, float], ...] = ()
    said: float = -math.inf
    """The time of the last finding about them."""

    @property
    def size(self) -> int:
        """The rough size in bytes. Each text is a tag."""
        return 300 + 260 * len(self.entries)

    def saw(self, what: str, at: float, *, within: float, most: int) -> Recent:
        """Return the memory with `what` seen at this time. Entries older than `within` seconds, and the oldest beyond `most`, are removed.

        If a full memory has only entries of the last eighth of `within`, it stays unchanged: it already shows that there are many.
        """
        entries = self.entries
        if not entries:  # the usual case
            return Recent(((what, at),), self.said)
        if entries[-1][0] == what and -within < (at - entries[-1][1]) * 8 < within:
            return self
        if len(entries) == most and -within < (at - entries[0][1]) * 8 < within and entries[-1][1] <= at:
            return self
        kept = [entry for entry in entries if entry[0] != what and abs(at - entry[1]) <= within]
        return Recent((*kept, (what, at))[-most:], self.said)

    def rests(self, *, within: float, fine: int) -> float:
        """Return until when the same text changes nothing. With more than `fine` texts, a finding comes every `within` seconds."""
        if not self.entries:
            return -math.inf
        if len(self.entries) <= fine:
            return self.entries[-1][1] + within / 8
        return min(self.entries[0][1] + within / 8, self.said + within)

    def has(self, what: str) -> bool:
        """Whether a text was seen lately."""
        return any(entry[0] == what for entry in self.entries)


NOBODY = Recent()
