"""Reads a text in each of its encodings, to find secrets in it, and to replace them in the same encoding.

A text has these views: the text itself, its canonical spelling, and the data that it wraps in Base64, in hexadecimal digits or
compressed. Each view has views of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TypeAlias

from gateway.core.bounded import remembered
from gateway.core.secrets.index import Match
from gateway.core.secrets.spelling import Spelled, canonical, loose
from gateway.core.secrets.wire import bytes_of
from gateway.core.secrets.wraps import SHORTEST_RUN, WRAPS, Base64, Hex, Run, deflate, inflate, inflated

LEAST = 7
"""Length of the shortest secret that is searched in every place, in bytes: an address."""
_LEAST_INSIDE = 12
"""Length of the shortest text that is searched inside another text, in bytes."""
DEEPEST = 3
"""Largest number of Base64 layers inside each other."""
MOST_INFLATED = 1 << 18
"""Largest number of bytes that are read from compressed data in a text."""
_MOST_ROUNDS = 8
"""Largest number of repeated searches in a text for secrets that overlapped with another secret."""
_AT_ONCE = 8
_TEXT = re.compile(rb"[\t\n\r -~\0]{4,}+(?:[\xc2-\xf4][\x80-\xbf]{1,3}[\t\n\r -~\0]*+)*+")
_PRINTED = rb"[\0\t\n\r -~]{%d}"
MAY_HOLD_ADDRESS = re.compile(_PRINTED % LEAST)
MAY_HOLD_SECRET = re.compile(_PRINTED % _LEAST_INSIDE)
"""Patterns for printable ASCII as long as the shortest secret. The first pattern counts addresses as secrets, the second does not. A path
often seems to wrap data. Most of this data has no printable text of this length."""
_NO_TEXT = b"\xff"
_MAY_BE_SPELLED = re.compile(rb"[%&+\\\0]")
"""A character of an escape, or one with another spelling (`spelling.py`)."""
_UTF16 = re.compile(rb"\0(?:[ -~]\0){5}")

Find: TypeAlias = Callable[[bytes], list[Match]]
"""Returns the secrets in a view, in their order and without overlaps."""
Replacement: TypeAlias = Callable[[str], str]
"""Returns a secret's replacement."""


def views(data: bytes, depth: int = 0, *, may_hold: re.Pattern[bytes] | None = None) -> Iterator[bytes]:
    """Yield every view of a text. `depth`: the number of texts around it. `may_hold`: a pattern; wrapped data without it is left out."""
    waiting = [(data, depth)]
    while waiting:
        data, depth = waiting.pop()
        if len(data) < (LEAST if not depth else _LEAST_INSIDE):
            continue
        yield data
        if b"\0" in data and _UTF16.search(data):  # beyond ASCII, it is not enough to take the zeros out
            for order, at in product(("utf-16-le", "utf-16-be"), (0, 1)):
                yield data[at:].decode(order, "replace").encode("utf-8", "replace")
        if depth:  # most of what Base64 seems to wrap is noise
            data = b"\n".join(_TEXT.findall(data))
            if len(data) < LEAST:  # without its escapes it is even shorter
                continue
        plain = canonical(data)
        spread = loose(plain)
        if spread != data:
            yield spread
        if depth < DEEPEST and len(plain) >= SHORTEST_RUN:
            inside = _wrapped(plain)
            if inside and may_hold is not None:
                inside = _worth_a_look(inside, may_hold)
            waiting += [(inner, depth + 1) for inner in inside]


def is_only_itself(data: bytes, may_hold: re.Pattern[bytes] | None) -> bool:
    """Return whether a text has no view but itself. Then it has no escape, and no data that it wraps has the pattern `may_hold`."""
    if may_hold is None or _MAY_BE_SPELLED.search(data) is not None:
        return False
    if len(data) < SHORTEST_RUN:
        return True
    inside = _wrapped(data)
    return not inside or not _worth_a_look(inside, may_hold)


def _worth_a_look(inside: list[bytes], may_hold: re.Pattern[bytes]) -> list[bytes]:
    """Return the data in which a pattern occurs."""
    bare = [inner.rstrip(b"\0") for inner in inside]  # `joined` adds zeros after each run
    if may_hold.search(_NO_TEXT.join(bare)) is None:  # the usual case
        return []
    return [inner for inner, text in zip(inside, bare, strict=True) if may_hold.search(text) is not None]


@remembered(limit=1 << 20)
def wraps_nothing(text: str) -> bool:
    """Return whether there is no run of Base64 or of hexadecimal digits in a text. Most queries have none."""
    plain = canonical(bytes_of(text))
    return not any(wrap.found(plain) for wrap in WRAPS)


def _wrapped(plain: bytes) -> list[bytes]:
    """Return the data that a canonical text wraps: for each encoding and each offset, the data of all runs together."""
    inner: list[bytes] = []
    for wrap in WRAPS:
        runs = wrap.found(plain)
        if runs:
            inner += wrap.joined(runs)
            if wrap is Base64:
                inner += inflated(runs, MOST_INFLATED)
    return inner


class Rewriter:
    """Replaces secrets in every view of a text."""

    def __init__(self, find: Find, replacement: Replacement) -> None:
        self._find = find
        self._replacement = replacement
        self.count = 0
        """Number of replacements."""

    def rewritten(self, data: bytes, depth: int = 0) -> bytes:
        """Return a text without the secrets. Each replacement is in the encoding of its secret. Every other byte stays."""
        if len(data) < LEAST:
            return data
        data = self._plain(data)
        data = self._escaped(data)
        return self._wrapped(data, depth) if depth < DEEPEST else data

    def _plain(self, data: bytes) -> bytes:
        for _ in range(_MOST_ROUNDS):
            matches = self._find(data)
            if not matches:
                break
            pieces: list[bytes] = []
            done = 0
            for match in matches:
                pieces += (data[done : match.start], bytes_of(self._replacement(match.secret)))
                done = match.end
            data = b"".join([*pieces, data[done:]])
            self.count += len(matches)
        return data

    def _escaped(self, data: bytes) -> bytes:
        for _ in range(_MOST_ROUNDS):
            spread = loose(canonical(data))
            matches = self._find(spread) if spread != data else []
            if not matches:
                break
            data = Spelled(data).replacing(
                [
                    (match.start, match.end, bytes_of(match.secret), bytes_of(self._replacement(match.secret)))
                    for match in matches
                ]
            )
            self.count += len(matches)
        return data

    def _wrapped(self, data: bytes, depth: int) -> bytes:
        for wrap in WRAPS:
            plain = canonical(data)
            places = wrap.runs(plain)
            hits = self._hits(wrap, plain, places, depth)
            if not hits:
                continue
            changes = [
                (start, end, run, new)
                for start, end in hits
                if (new := self._run(wrap, run := plain[start:end], depth)) != run
            ]
            if changes:
                data = Spelled(data).replacing(changes)
        return data

    def _hits(
        self, wrap: type[Base64 | Hex], plain: bytes, places: Sequence[tuple[int, int]], depth: int
    ) -> Sequence[tuple[int, int]]:
        """Return the runs that wrap a secret.

        First all runs are searched together. If they have a secret, each eighth of them is searched, and so on.
        """
        runs = [plain[start:end] for start, end in places]
        if not runs or not self._any(wrap, runs, depth):
            return ()
        if len(places) == 1:
            return places
        step = -(-len(places) // _AT_ONCE)
        return [
            hit for at in range(0, len(places), step) for hit in self._hits(wrap, plain, places[at : at + step], depth)
        ]

    def _any(self, wrap: type[Base64 | Hex], runs: Sequence[Run], depth: int) -> bool:
        inner = [*wrap.joined(runs)]
        if wrap is Base64:
            inner += inflated(runs, MOST_INFLATED)
        return any(self._find(view) for whole in inner for view in views(whole, depth + 1))

    def _run(self, wrap: type[Base64 | Hex], run: Run, depth: int) -> Run:
        for phase in range(wrap.phases):
            inner = wrap.read(run, phase)
            plain = inflate(inner, MOST_INFLATED) if wrap is Base64 and not phase else None
            if plain is not None:
                changed = self.rewritten(plain, depth + 1)
                new = inner if changed == plain else deflate(changed, inner)
            else:
                new = self.rewritten(inner, depth + 1)
            if new != inner:
                run = wrap.written(run, phase, new)
        return run
