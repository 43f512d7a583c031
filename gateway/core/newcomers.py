"""Remembers which keys came once, for a memory that keeps an entry when its key comes for the second time (`bounded.py`).

Facts
-----
* It remembers about as many keys as the memory has space for. A key that comes again only after more other keys is taken for a new key
  each time. Its entry would be forgotten before the key comes again, and would displace keys that come sooner. So if very many devices
  take turns, they do not fill the memory with entries that nobody needs.
* A key is remembered by its hash. A hash has two places, and takes an empty one. If both are taken, it displaces the one or the other,
  by chance. So no two keys displace each other for ever, and a key that comes again soon enough is known after a few turns.
* When the memory has been full, a hash has one place. Then keys with the same place do displace each other, and the memory keeps the
  entries of the other keys. Otherwise, if a few more devices take turns than it has space for, it would replace each entry too early.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable

MOST = 1 << 14
"""Largest number of places: 128 KB. A power of two."""
AT_FIRST = 1 << 12
"""Number of places before the memory was full: it is not yet known how many entries it has space for. 16 MB hold as many entries of 4 KB."""
FEW = 256
"""Largest number of hashes in a dict. More hashes are in an array of fixed size. Making the array takes as long as 50 entries."""
_APART = 20
"""Number of bits of a hash between its two places."""


class _Few(dict[int, int]):
    """A few hashes by place. As in an array, a place without a hash has 0."""

    __slots__ = ()

    def __missing__(self, place: int) -> int:
        return 0


class Newcomers:
    """The hashes of keys that came once."""

    __slots__ = ("_apart", "_last", "_met", "_mixed")

    def __init__(self) -> None:
        self._last = AT_FIRST - 1
        """The last place. The number of places is a power of two."""
        self._apart = _APART
        """The difference between the two places, as a number of bits. It is 0 when a hash has one place."""
        self._mixed = 0
        """A number that changes with each hash. It chooses one of two places: with strict turns, two keys may displace each other for ever."""
        self._met: _Few | array[int] | None = None

    def is_first(self, key: Hashable) -> bool:
        """Note a key, and return whether it is new. If two keys have the same hash, the second one does not count as new."""
        met = self._met
        if met is None:
            met = self._met = _Few()
        digest, last = hash(key), self._last
        place = digest & last
        held = met[place]
        if held:  # a place that is taken is never empty again
            if held == digest:
                return False
            other = digest >> self._apart & last
            held = met[other]
            if held == digest:
                return False
            self._mixed = mixed = self._mixed * 69069 + digest & 0xFFFFFFFF
            if not held or mixed & 0x10000:
                place = other
        met[place] = digest
        if len(met) == FEW + 1 and isinstance(met, _Few):  # the length alone is nearly always another
            self._met = array("q", bytes(8 * MOST))
            for place, digest in met.items():
                self._met[place] = digest
        return True

    def was_full(self, entries: int) -> None:
        """Learn how many entries the memory had when it was full."""
        self._last = min(MOST, 1 << entries.bit_length()) - 1
        self._apart = 0

    def clear(self) -> None:
        """Forget all keys."""
        self._met = None
