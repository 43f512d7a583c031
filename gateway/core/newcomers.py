"""Remembers which keys came once, for a memory that keeps an entry when its key comes for the second time (`bounded.py`).

Facts
-----
* About as many newcomers are remembered as the memory has space for entries. A key that comes again only after more other keys counts as
  new each time. Its entry would be forgotten before the key comes again, and would displace entries of keys that come sooner. So if very
  many devices take turns, they do not fill the memory with entries that nobody needs.
* A key is remembered by its hash. A hash has two places, and takes an empty place. If both places are taken, it displaces one of the two
  hashes there, by chance. So no two keys displace each other for ever, and a key that comes again soon enough is known after a few turns.
* After the memory was full, a hash has one place. Then keys with the same place displace each other, so they stay new, and the memory
  keeps the entries of the other keys. With two places, the memory would replace each entry before it is needed again, if slightly more
  devices take turns than it has space for.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable

MOST = 1 << 14
"""Largest number of places: 128 KB. A power of two."""
AT_FIRST = 1 << 12
"""Number of places before the memory was full: until then, its number of entries is not known. 16 MB hold as many entries of 4 KB."""
FEW = 256
"""Largest number of hashes in a dict. More hashes are in an array of fixed size. Making the array takes as long as 50 entries."""
_APART = 20
"""Number of bits by which a hash is shifted to get its second place."""


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
        """Number of bits by which a hash is shifted to get its second place. 0: a hash has one place."""
        self._mixed = 0
        """A pseudo-random number. It chooses between two taken places: with strict turns, two keys may displace each other for ever."""
        self._met: _Few | array[int] | None = None

    def is_first(self, key: Hashable) -> bool:
        """Note a key, and return whether it is new. If two keys have the same hash, the second one does not count as new."""
        met = self._met
        if met is None:
            met = self._met = _Few()
        digest, last = hash(key), self._last
        place = digest & last
        held = met[place]
        if held:  # the second place matters only then, since a taken place is never empty again
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
        if len(met) == FEW + 1 and isinstance(met, _Few):  # the length first: it is rarely this one
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
