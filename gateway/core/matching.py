"""Finds the recorded interaction that answers a live request, and explains why others do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from gateway.core.bounded import Bounded
from gateway.core.compared import UNCOMPARED, ComparedPart, parts_of, query_reader
from gateway.core.equivalence import equivalent_path
from gateway.core.model import Interaction, Request
from gateway.core.nearest import Cost, Key, Nearby, unlike
from gateway.core.recorded import RecordedHead, heads_of

DeviceChoice: TypeAlias = Literal["prefer", "require", "ignore"]


SHOWN = 200
"""Longest text that is shown whole, in characters. Of a longer text, the start and the length are shown."""


def shortened(text: str) -> str:
    """Return a text for display. A long text is cut, with its length. Its secrets are already removed."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 50]}… ({len(text)} characters)"


class Difference(NamedTuple):
    """A difference between a recorded request and a live one."""

    where: str
    recorded: str
    got: str

    def __str__(self) -> str:
        where, recorded, got = map(shortened, self)
        return f"{where}: recorded {recorded or 'nothing'}, got {got or 'nothing'}"


@lru_cache(maxsize=8)
def matcher_of(entries: tuple[str, ...]) -> Matcher:
    """Return the matcher for these entries. It is cached, since tests start many gateways with the same entries."""
    return Matcher(entries)


class Matcher(Struct, frozen=True, dict=True):
    """Reads the parts of a request that `cassettes.match` lists. They must be equal."""

    entries: tuple[str, ...] = ("method", "path", "query")

    @cached_property
    def parts(self) -> tuple[ComparedPart, ...]:
        """The compared parts, in the order of a key."""
        return parts_of(self.entries)

    def key(self, request: Request, origin: str) -> Key:
        """Return the values that a recorded and a live request must share. `request` has wildcards for its secrets, and a whole body."""
        return tuple([part.read(request, origin) for part in self.parts])

    def choice(self, target: str) -> str:
        """Return the parts of a target, with pseudonyms, that choose among recordings with one key: all parts that no entry leaves out."""
        if "raw" in self.entries:
            return target
        path, _, _ = target.partition("?")
        return f"{equivalent_path(path)}?{self._query_of_choice(Request('', target), '')}"

    @cached_property
    def _query_of_choice(self) -> Callable[[Request, str], str]:
        named = [part.read for part in self.parts if part.kind == "query"]
        if not named:
            return query_reader()
        return lambda request, origin: "&".join([read(request, origin) for read in named])

    @cached_property
    def needs_body(self) -> bool:
        """Whether the request's body is compared."""
        return any(part.name.startswith("body") for part in self.parts)

    @cached_property
    def needs_more(self) -> bool:
        """Whether more than the request line is compared."""
        return self.needs_body or any(part.name.startswith("header") for part in self.parts)

    def further_choice(self, request: Request, origin: str) -> tuple[bytes, ...]:
        """Return the other parts of a request, with pseudonyms, that choose: a digest of each compared header field and body part."""
        texts = [part.read(request, origin) for part in self.parts if part.name.startswith(("header", "body"))]
        return tuple([blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts])

    def cost_against(self, got: Key) -> Callable[[Key], Cost]:
        """Return a function that measures how much a recorded key differs from this one. It counts the differences of `differences`."""
        pairs = [_pairs(part, text) for part, text in zip(self.parts, got, strict=True)]

        def cost(recorded: Key) -> Cost:
            number = distance = 0
            for part, left, right, read in zip(self.parts, recorded, got, pairs, strict=True):
                if left == right:
                    continue
                if part.kind in SEVERAL:
                    found = _several(part, left, right, read)
                    number += len(found)
                    distance += sum([unlike(difference.recorded, difference.got) for difference in found])
                else:
                    number += 1
                    distance += unlike(*(_shown_body(side) if part.kind == "body" else side for side in (left, right)))
            return number, distance

        return cost

    def differences(self, recorded: Key, got: Key) -> list[Difference]:
        """Return the differences of two keys. The parameters of a query, and header fields, are compared one by one."""
        found: list[Difference] = []
        for part, left, right in zip(self.parts, recorded, got, strict=True):
            if left == right:
                continue
            if part.kind in SEVERAL:
                found += _several(part, left, right)
            elif part.kind == "body":
                found.append(Difference("body", _shown_body(left), _shown_body(right)))
            else:
                found.append(Difference(part.name, left, right))
        return found


SEVERAL: Mapping[str, tuple[str, str]] = {"query": ("&", "="), "headers": ("\n", ": ")}
"""The kinds of parts that are lists of names and values. Each has two separators: between two pairs, and between name and value."""


def _shown_body(part: str) -> str:
    return f"SHA-256 {part[:8]}" if part and part != UNCOMPARED else part


def _pairs(part: ComparedPart, text: str) -> dict[str, list[str]]:
    """Return the first names of a text, each with its values. All further text is one pair, under a name that no URL can have."""
    read: dict[str, list[str]] = {}
    if part.kind not in SEVERAL or not text:
        return read
    between, equals = SEVERAL[part.kind]
    pairs = text.split(between, NAMES)
    rest = pairs[NAMES:]
    for pair in pairs[:NAMES]:
        name, _, value = pair.partition(equals)
        read.setdefault(name, []).append(value)
    if rest:
        read[REST] = rest
    return read


def _several(
    part: ComparedPart, recorded: str, got: str, read: Mapping[str, list[str]] | None = None
) -> list[Difference]:
    """Return the parameters, or the fields, that differ between two texts. `read`: the pairs of the second text, if they are known."""

    def shown(values: list[str] | None) -> str:
        return ",".join(values) or "a blank" if values is not None else ""

    left, right = _pairs(part, recorded), _pairs(part, got) if read is None else read
    word = "header" if part.kind == "headers" else "query"
    return [
        Difference(f"{word} {name}", shown(left.get(name)), shown(right.get(name)))
        for name in dict.fromkeys([*left, *right])
        if left.get(name) != right.get(name)
    ]


NAMES = 256
"""Largest number of parameters that are compared one by one, in the order of their bytes."""
REST = "(all further parameters)"
"""The name of the further parameters, which are compared as a whole."""


class Near(NamedTuple):
    """A recorded interaction that almost matched."""

    position: int
    differences: list[Difference]


class Choices(Struct, frozen=True):
    """For all recordings of a cassette: the parts that choose among recordings with the same key."""

    matcher: Matcher
    heads: Sequence[RecordedHead]
    further: list[tuple[bytes, ...]]
    """The parts other than the target, by position."""

    def target(self, position: int) -> str:
        """Return `Matcher.choice` of a recorded target. It has the pseudonyms that the key leaves out."""
        return self.matcher.choice(self.heads[position].target)


class Candidates:
    """The interactions of one key, in recorded order, and their devices. Devices are found only when they are asked for."""

    __slots__ = ("_by_device", "_by_target", "_choices", "_differ_further", "_narrowed", "positions")

    def __init__(self, choices: Choices) -> None:
        """Take the choices of all recordings. Taking the index would make a cycle, and a test's gateway would not be freed when it ends."""
        self.positions: list[int] = []
        self._choices = choices
        self._by_device: dict[str, list[int]] | None = None
        self._by_target: dict[str, list[int]] | None = None
        self._differ_further: bool | None = None
        self._narrowed: dict[tuple[object, ...], dict[object, list[int]]] = {}

    @property
    def by_device(self) -> dict[str, list[int]]:
        """The positions by the recorded device: its pseudonym, or empty if it sent no identifier."""
        if self._by_device is None:
            self._by_device = self._grouped(lambda position: self._choices.heads[position].device)
        return self._by_device

    @property
    def by_target(self) -> dict[str, list[int]]:
        """The positions by `Matcher.choice` of the recorded target. It has the pseudonyms that the key leaves out."""
        if self._by_target is None:
            self._by_target = self._grouped(self._choices.target)
        return self._by_target

    @property
    def differ_in_target(self) -> bool:
        """Whether the recorded requests have different targets, compared by `Matcher.choice`."""
        return len(self.positions) > 1 and len(self.by_target) > 1

    @property
    def differ_further(self) -> bool:
        """Whether the recorded requests differ in the pseudonyms of compared header fields or bodies."""
        if self._differ_further is None:
            further = self._choices.further
            self._differ_further = len(self.positions) > 1 and len({further[at] for at in self.positions}) > 1
        return self._differ_further

    def of(self, device: str, target: str, further: Sequence[bytes] = ()) -> Sequence[int]:
        """Return the positions of a device with this choice of a target, and of each further part. The same arguments give the same list.

        A part that no position has is skipped, such as a token that is new in each session, or the pseudonyms of another key.
        """
        positions = self.by_device.get(device, [])
        path: tuple[object, ...] = (device,)
        for number, chosen in enumerate((target, *further)):
            groups = self._narrowed.get(path)
            if groups is None:
                groups = self._narrowed[path] = {}
                for position in positions:
                    recorded = self._choices.further[position][number - 1] if number else self._choices.target(position)
                    groups.setdefault(recorded, []).append(position)
            path = (*path, chosen if chosen in groups else None)
            positions = groups.get(chosen, positions)
        return positions

    def _grouped(self, name_of: Callable[[int], str]) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = {}
        for position in self.positions:
            groups.setdefault(name_of(position), []).append(position)
        return groups


_Asked: TypeAlias = tuple[str, str, str]
"""Method, target and origin of a request. The origin is empty if it is not compared."""


def _size_of_key(asked: _Asked, key: Key) -> int:
    return 600 + len(asked[1]) + sum([len(part) for part in key])


class Index:
    """Finds interactions by key, in one look-up for any number of interactions."""

    def __init__(
        self, matcher: Matcher, interactions: Sequence[Interaction], compared: Callable[[Request], Request]
    ) -> None:
        """Index the interactions. `compared` replaces each secret of a request by a wildcard."""
        self._matcher = matcher
        self._candidates: dict[Key, Candidates] = {}
        self._keys: Bounded[_Asked, Key] = Bounded("keys of requests", 8 << 20, size=_size_of_key)
        """The keys of requests. Many devices ask for the same targets, and most targets were recorded as they are."""
        self._by_origin = any(part.name == "upstream" for part in matcher.parts)
        choices = Choices(matcher, heads_of(interactions), [])
        for position, head in enumerate(choices.heads):
            request = interactions[position].request if matcher.needs_more else Request(head.method, head.target)
            key = matcher.key(compared(request), head.origin)
            choices.further.append(matcher.further_choice(request, head.origin) if matcher.needs_more else ())
            self.learn(request, head.origin, key)
            found = self._candidates.get(key)
            if found is None:
                found = self._candidates[key] = Candidates(choices)
            found.positions.append(position)

    def learn(self, request: Request, origin: str, key: Key) -> None:
        """Remember the key of a request, if it depends on the request line alone."""
        if not self._matcher.needs_more:
            self._keys.put((request.method, request.target, origin if self._by_origin else ""), key)

    def key_of(self, request: Request, origin: str) -> Key | None:
        """Return the remembered key of a request."""
        asked = request.method, request.target, origin if self._by_origin else ""
        key: Key | None = self._keys.recent.get(asked) or self._keys.get(asked)
        return key

    def find(self, key: Key) -> Candidates | None:
        """Return the interactions that match, or None for a miss."""
        return self._candidates.get(key)

    def __len__(self) -> int:
        """Return the number of different requests."""
        return len(self._candidates)

    @cached_property
    def nearby(self) -> Nearby:
        """The different requests, prepared for a comparison with a miss. It is made once, which takes a while for many requests."""
        return Nearby(list(self._candidates))

    def nearest(self, key: Key, most: int = 3) -> list[Near]:
        """Return the interactions that differ least, at most `most`. If there are very many, only the likeliest are compared."""
        keys = self.nearby.keys
        return [
            Near(self._candidates[keys[number]].positions[0], self._matcher.differences(keys[number], key))
            for number in self.nearby.nearest(key, most, self._matcher.cost_against(key))
        ]
