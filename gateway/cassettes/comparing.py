"""Compares two cassettes by interaction: interactions of one cassette only, and differences between interactions of both, JSON by its paths.

Facts
-----
* Two interactions belong to one request if method and target are equal, or are spelled in two equivalent ways. Interactions of the same
  device and pseudonyms are paired first. Then interactions are paired that differ only in secrets, since another key makes other
  pseudonyms. Several equal interactions are paired in their order.
* `Date` and the fields of a single transmission differ in every recording. These differences are not reported.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from os.path import commonprefix
from typing import TypeAlias

from msgspec import Struct

from gateway.core.equivalence import equivalent_target
from gateway.core.headers import HOP_BY_HOP
from gateway.core.json_diff import ABSENT, differs, places, written
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.text import printable
from gateway.core.wording import many

_NOT_TOLD = HOP_BY_HOP | {b"date", b"content-length", b"content-encoding", b"host"}
_MOST = 70
"""Longest part of a value that is shown, in characters."""

Numbered: TypeAlias = tuple[int, Interaction]
Key: TypeAlias = Callable[[Interaction], Hashable]


class CassetteDifference(Struct, frozen=True):
    """A place and its two values."""

    where: str
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.where}: {self.left} → {self.right}"


class Pair(Struct, frozen=True):
    """A request that is in both cassettes."""

    left: Numbered
    right: Numbered
    differences: tuple[CassetteDifference, ...]


class Comparison(Struct, frozen=True):
    """The result of `compare`, in the order of the left cassette."""

    pairs: list[Pair]
    only_left: list[Numbered]
    only_right: list[Numbered]

    @property
    def differ(self) -> bool:
        """Whether the cassettes differ."""
        return bool(self.only_left or self.only_right or any(pair.differences for pair in self.pairs))

    def lines(self) -> Iterator[str]:
        """Yield the lines of the comparison for a person."""
        for pair in self.pairs:
            if pair.differences:
                yield f"{_named(pair.left[1])}  (#{pair.left[0]} and #{pair.right[0]})"
                yield from (f"  {printable(str(difference))}" for difference in pair.differences)
        for side, only in (("first", self.only_left), ("second", self.only_right)):
            for number, interaction in only:
                yield f"{_named(interaction)}  (#{number}, in the {side} alone)"
        changed = sum(1 for pair in self.pairs if pair.differences)
        alone = f"{len(self.only_left)} in the first alone, {len(self.only_right)} in the second alone"
        yield f"{changed} of {many(len(self.pairs), 'interaction')} in both differ, {alone}"


def compare(left: Sequence[Interaction], right: Sequence[Interaction]) -> Comparison:
    """Compare two cassettes."""
    wild = Redaction(bytes(32), lasting=False)

    def apart(interaction: Interaction) -> Hashable:
        device = interaction.request.headers.getall("AP-Device-Identifier")
        request = interaction.request
        return interaction.origin, request.method, equivalent_target(request.target), tuple(device)

    def alike(interaction: Interaction) -> Hashable:
        return interaction.request.method, equivalent_target(wild.compared(interaction.request, whole=False).target)

    ones, others = list(enumerate(left, 1)), list(enumerate(right, 1))
    matched: list[tuple[Numbered, Numbered]] = []
    for key in (apart, alike):
        ones, others = _matched(ones, others, key, matched)
    matched.sort(key=lambda pair: pair[0][0])
    return Comparison([Pair(*pair, tuple(differences(pair[0][1], pair[1][1]))) for pair in matched], ones, others)


def differences(left: Interaction, right: Interaction) -> Iterator[CassetteDifference]:
    """Yield the differences between two interactions."""
    one, other = left.request, right.request
    if (left.origin, equivalent_target(one.target)) != (right.origin, equivalent_target(other.target)):
        yield _text("request.uri", left.origin + one.target, right.origin + other.target)
    yield from _fields("request.headers", one.headers, other.headers)
    yield from _bodies("request.body", one, other)
    answer, again = left.response, right.response
    if (answer.status, answer.reason) != (again.status, again.reason):
        yield _text("response.status", f"{answer.status} {answer.reason}", f"{again.status} {again.reason}")
    yield from _fields("response.headers", answer.headers, again.headers)
    yield from _bodies("response.body", answer, again)


def _matched(
    ones: list[Numbered], others: list[Numbered], key: Key, matched: list[tuple[Numbered, Numbered]]
) -> tuple[list[Numbered], list[Numbered]]:
    """Pair the interactions with equal keys, in order. Return the pairs, and the unpaired interactions of each side."""
    waiting: defaultdict[Hashable, deque[Numbered]] = defaultdict(deque)
    for other in others:
        waiting[key(other[1])].append(other)
    left = []
    for one in ones:
        found = waiting.get(key(one[1]))
        if found:
            matched.append((one, found.popleft()))
        else:
            left.append(one)
    return left, sorted((other for queue in waiting.values() for other in queue), key=lambda entry: entry[0])


def _fields(where: str, left: Headers, right: Headers) -> Iterator[CassetteDifference]:
    names = {name.lower(): name for name in (*right, *left) if name.lower().encode("latin-1") not in _NOT_TOLD}
    for name in sorted(names.values(), key=str.lower):
        one, other = left.getall(name), right.getall(name)
        if one != other:
            yield _cut(f"{where}.{name}", _listed(one), _listed(other))


def _listed(values: list[str]) -> str:
    return ", ".join(json.dumps(value, ensure_ascii=False) for value in values) or "absent"


def _bodies(where: str, left: Request | Response, right: Request | Response) -> Iterator[CassetteDifference]:
    if left.body == right.body:
        return
    try:
        one, other = _json(left.body), _json(right.body)
        found = [
            _cut(f"{where} {written(place.path)}", _json_text(place.left), _json_text(place.right))
            for place in places(one, other)
            if differs(place)
        ]
    except (TypeError, ValueError, RecursionError):
        yield _cut(where, _described(left.body), _described(right.body))
    else:
        yield from found or [CassetteDifference(where, "the same JSON", "written in another way")]


def _json(body: object) -> object:
    if not isinstance(body, bytes):
        raise TypeError
    return json.loads(body.decode())


def _json_text(value: object) -> str:
    return "absent" if value is ABSENT else json.dumps(value, ensure_ascii=False)


def _text(where: str, left: str, right: str) -> CassetteDifference:
    return CassetteDifference(where, left, right)


def _described(body: object) -> str:
    if not isinstance(body, bytes) or not body:
        return "empty"
    try:
        return json.dumps(body.decode(), ensure_ascii=False)
    except UnicodeDecodeError:
        return f"{len(body)} bytes that are no text"


def _cut(where: str, left: str, right: str) -> CassetteDifference:
    """Return a difference with short sides that show where they differ."""
    part = len(commonprefix([left, right]))  # noqa: RUF071  # of texts, which is what it compares
    begin = max(0, part - _MOST // 2) if max(len(left), len(right)) > _MOST else 0
    return CassetteDifference(where, *(_window(side, begin) for side in (left, right)))


def _window(text: str, begin: int) -> str:
    end = begin + _MOST
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if len(text) > end else ''}"


def _named(interaction: Interaction) -> str:
    return printable(f"{interaction.request.method} {interaction.request.target}")
