"""Finds the recorded requests that are nearest to an unrecorded one. The cost does not grow with the number of recordings.

Facts
-----
* The nearest request differs in the fewest parts, and then by the fewest characters. Up to `LOOK_AT` different requests are all compared,
  so the result is exact.
* Among more requests, only the likeliest are compared: the neighbours of the live request. For that, the recorded requests are sorted by
  their parts, by their parts from the second on, and by their parts read backwards. Neighbours share the longest start, or the longest end.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

Key: TypeAlias = tuple[str, ...]
Cost: TypeAlias = tuple[int, int]
"""The number of parts in which two requests differ, and the number of different characters."""

LOOK_AT = 200
"""Largest number of different requests that are compared."""
WORK = 300_000
"""Largest number of characters that are compared, which takes 5 ms. A pair of a query counts as `PAIR` characters."""
PAIR = 120
LONGEST = 1024
"""Number of characters of a request that are used for sorting."""


class Nearby:
    """The different requests of a cassette, sorted in several orders."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = keys
        self._orders: list[tuple[Callable[[Key], str], array[int]]] = []
        if len(keys) > LOOK_AT:
            for text in (_forward, _from_second, _backward):
                texts = [text(key) for key in keys]
                self._orders.append((text, array("L", sorted(range(len(keys)), key=texts.__getitem__))))

    def __len__(self) -> int:
        return len(self.keys)

    def nearest(self, key: Key, most: int, cost: Callable[[Key], Cost]) -> list[int]:
        """Return the numbers of the keys with the lowest costs, at most `most`. With equal costs, the first recorded comes first."""
        costs: list[tuple[Cost, int]] = []
        left, mine = WORK, _work(key)
        for number in self._likeliest(key):
            recorded = self.keys[number]
            left -= _work(recorded) + mine
            if left < 0 and costs:
                break
            costs.append((cost(recorded), number))
        return [number for _, number in sorted(costs)[:most]]

    def _likeliest(self, key: Key) -> Iterator[int]:
        if not self._orders:
            return iter(range(len(self.keys)))
        found: dict[int, None] = {}
        share = LOOK_AT // (len(self._orders) + 1)
        for text, order in self._orders:
            at = bisect_left(order, text(key), key=lambda number, text=text: text(self.keys[number]))  # type: ignore[misc]
            found |= dict.fromkeys(order[max(0, at - share // 2) : at + share // 2])
        found |= dict.fromkeys(range(share))
        return islice(found, LOOK_AT)


def _work(key: Key) -> int:
    return sum(map(len, key)) + PAIR * sum(part.count("&") for part in key)


def _forward(key: Key) -> str:
    return "\0".join(part[:LONGEST] for part in key)


def _from_second(key: Key) -> str:
    return _forward((*key[1:], key[0])) if key else ""


def _backward(key: Key) -> str:
    return "\0".join(part[: -LONGEST - 1 : -1] for part in reversed(key))


def unlike(left: str, right: str) -> int:
    """Return how much two texts differ: the rest of them, in characters, without their common start and end."""
    start = _common(left, right)
    end = _common(left[start:][::-1], right[start:][::-1])
    return len(left) + len(right) - 2 * (start + end)


def _common(left: str, right: str) -> int:
    """Return the length of the common start, by halving: comparing slices is fast."""
    if left[:1] != right[:1]:  # most often
        return 0
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
