"""Finds many secrets in one pass over a text, with Aho-Corasick automata.

Facts
-----
* A secret is stored in two spellings: as it is, and without escapes, with blanks instead of plus signs (`spelling`).
* A secret longer than `CLIP` is found by a part of this length, and then compared as a whole. If possible, no other secret has the same
  part. So an automaton's size depends on the number of secrets, not on their length.
* Of overlapping secrets, the one that begins first is found. Of secrets that begin at the same place, the longest is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from gateway.core.secrets.budget import Budget
from gateway.core.secrets.pseudonyms import LEAST
from gateway.core.secrets.spelling import canonical, loose
from gateway.core.secrets.wire import bytes_of

CLIP = 40
"""Largest number of bytes of a secret that are searched for. A UUID has 36."""
_MAY_DIFFER = re.compile(rb"[%\\&+\0]")
_SAYS = re.compile(rb"[A-Za-z0-9\x80-\xff]")
_COMPARING = 64
"""Number of bytes that could be searched in the time of one comparison."""


class Match(NamedTuple):
    """The place of a secret in a text of bytes."""

    start: int
    end: int
    secret: str


def spellings(secret: str) -> tuple[bytes, ...]:
    """Return the spellings of a secret that are searched."""
    data = bytes_of(secret)
    if not _MAY_DIFFER.search(data):
        return (data,)
    plain = loose(canonical(data))
    if plain == data or len(plain) < LEAST or not _SAYS.search(plain):
        return (data,)
    return data, plain


class Automaton:
    """Finds a fixed set of secrets."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.secrets = secrets
        self._short: list[str] = []
        self._parts: list[list[tuple[bytes, int, str]]] = []
        """For each part: the long spellings that contain it. Each is a spelling, the part's offset in it, and its secret."""
        short: list[bytes] = []
        parts: dict[bytes, list[tuple[bytes, int, str]]] = {}
        for secret in secrets:
            for pattern in spellings(secret):
                if len(pattern) <= CLIP:
                    short.append(pattern)
                    self._short.append(secret)
                else:
                    at = _rarest(pattern, parts)
                    parts.setdefault(pattern[at : at + CLIP], []).append((pattern, at, secret))
        self._parts = list(parts.values())
        self._short_ones = BytesAhoCorasick(short, matchkind=MatchKind.LeftmostLongest) if short else None
        self._long_ones = BytesAhoCorasick(parts) if parts else None

    def __len__(self) -> int:
        return len(self.secrets)

    def found(self, data: bytes, budget: Budget) -> list[Match]:
        """Return where secrets stand."""
        matches: list[Match] = []
        if self._long_ones is not None and len(data) >= CLIP:
            found = self._long_ones.find_matches_as_indexes(data, overlapping=True)
            if found:
                matches += self._long(data, found, budget)
        if self._short_ones is not None:
            matches += [
                Match(start, end, self._short[which])
                for which, start, end in self._short_ones.find_matches_as_indexes(data)
            ]
        return matches

    def _long(self, data: bytes, found: Sequence[tuple[int, int, int]], budget: Budget) -> Iterable[Match]:
        """Yield the secrets of which a part was found."""
        done = 0
        for which, place, _ in found:
            if place < done:
                continue
            for pattern, at, secret in self._parts[which]:
                start = place - at
                budget.spend(_COMPARING)
                if (
                    start >= 0
                    and data[start] == pattern[0]
                    and data.endswith(pattern[-1:], start, start + len(pattern))
                ):
                    budget.spend(len(pattern) // 8)  # comparing is much faster than searching
                    if data.startswith(pattern, start):
                        done = start + len(pattern)
                        yield Match(start, done, secret)
                        break


def _rarest(pattern: bytes, parts: dict[bytes, list[tuple[bytes, int, str]]]) -> int:
    """Return the offset of the part that the fewest other secrets have. Many tokens share their beginnings, others their ends."""
    last = len(pattern) - CLIP
    places = (last, last // 2, last // 4, 3 * last // 4, 0)
    return min(places, key=lambda at: len(parts.get(pattern[at : at + CLIP], ())))


def sorted_out(matches: list[Match]) -> list[Match]:
    """Return the matches without overlaps. The first match wins. At the same place, the longest match wins."""
    matches.sort(key=lambda match: (match.start, -match.end))
    kept: list[Match] = []
    done = 0
    for match in matches:
        if match.start >= done:
            kept.append(match)
            done = match.end
    return kept
