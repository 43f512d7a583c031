"""Which recorded interaction answers a live request, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct, field

from gateway.core.devices import device_identifier
from gateway.core.model import Interaction, Request
from gateway.core.nearest import Cost, Key, Nearby, unlike

DeviceChoice: TypeAlias = Literal["prefer", "require", "ignore"]
UNCOMPARED = "more than limits.max_body"
"""What stands in a key for a body that is not held in memory: no recorded one is like it."""


SHOWN = 200
"""Characters that are shown of a text; of a longer one, its start and its length."""


def shortened(text: str) -> str:
    """Return a text as it is shown: a long one is cut, and says so. Secrets are taken out before."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 50]}… ({len(text)} characters)"


class Difference(NamedTuple):
    """One part in which a recorded request and a live one differ."""

    where: str
    recorded: str
    got: str

    def __str__(self) -> str:
        where, recorded, got = map(shortened, self)
        return f"{where}: recorded {recorded or 'nothing'}, got {got or 'nothing'}"


class Matcher(Struct, frozen=True):
    """Reads from a request what must be equal, as `cassettes.match` in the configuration lists it."""

    parts: tuple[str, ...] = ("method", "path", "query")

    def key(self, request: Request, origin: str) -> Key:
        """Return what a recorded and a live request must have in common; `request` has wildcards for its secrets, and its body whole."""
        return tuple(self._part(part, request, origin) for part in self.parts)

    @property
    def needs_body(self) -> bool:
        """Whether the request's body is compared."""
        return "body" in self.parts

    @property
    def needs_more(self) -> bool:
        """Whether more than the request line is compared."""
        return any(part == "body" or part.startswith("header:") for part in self.parts)

    def _part(self, part: str, request: Request, origin: str) -> str:
        if part.startswith("header:"):
            return ", ".join(request.headers.getall(part.removeprefix("header:")))
        return _PARTS[part](request, origin)

    def cost_against(self, got: Key) -> Callable[[Key], Cost]:
        """Return what says how much a recorded key differs from this one: what `differences` would show, and no more work than that needs."""
        pairs = [_pairs(text) if part == "query" else {} for part, text in zip(self.parts, got, strict=True)]

        def cost(recorded: Key) -> Cost:
            number = distance = 0
            for part, left, right, read in zip(self.parts, recorded, got, pairs, strict=True):
                if left == right:
                    continue
                if part == "query":
                    found = _query_differences(left, right, read)
                    number += len(found)
                    distance += sum([unlike(difference.recorded, difference.got) for difference in found])
                else:
                    number += 1
                    distance += unlike(_shown_body(left), _shown_body(right)) if part == "body" else unlike(left, right)
            return number, distance

        return cost

    def differences(self, recorded: Key, got: Key) -> list[Difference]:
        """Return where two keys differ; a query is compared parameter by parameter."""
        found: list[Difference] = []
        for part, left, right in zip(self.parts, recorded, got, strict=True):
            if left == right:
                continue
            if part == "query":
                found += _query_differences(left, right)
            elif part == "body":
                found.append(Difference("body", _shown_body(left), _shown_body(right)))
            else:
                found.append(Difference(part, left, right))
        return found


def _shown_body(part: str) -> str:
    return f"SHA-256 {part[:8]}" if part and part != UNCOMPARED else part


def _body_digest(request: Request) -> str:
    if not isinstance(request.body, bytes):
        return UNCOMPARED
    return sha256(request.body).hexdigest() if request.body else ""


def sorted_query(query: str) -> str:
    """Return the raw pairs in order of their bytes: blanks kept, nothing decoded."""
    return "&".join(sorted(query.split("&"))) if "&" in query else query


def _pairs(query: str) -> dict[str, list[str]]:
    """Return the first pairs of a query by their names; what follows them is one pair, which no URL can have."""
    read: dict[str, list[str]] = {}
    pairs = query.split("&", NAMES) if query else []
    rest = pairs[NAMES:]
    for pair in pairs[:NAMES]:
        name, _, value = pair.partition("=")
        read.setdefault(name, []).append(value)
    if rest:
        read[REST] = rest
    return read


def _query_differences(recorded: str, got: str, read: Mapping[str, list[str]] | None = None) -> list[Difference]:
    """Return the parameters in which two queries differ; `read` are the pairs of the second, where they are known."""

    def shown(values: list[str] | None) -> str:
        return ",".join(values) or "a blank" if values is not None else ""

    left, right = _pairs(recorded), _pairs(got) if read is None else read
    return [
        Difference(f"query {name}", shown(left.get(name)), shown(right.get(name)))
        for name in dict.fromkeys([*left, *right])
        if left.get(name) != right.get(name)
    ]


_PARTS: dict[str, Callable[[Request, str], str]] = {
    "method": lambda request, _: request.method,
    "path": lambda request, _: request.path,
    "query": lambda request, _: sorted_query(request.query),
    "upstream": lambda _, origin: origin,
    "body": lambda request, _: _body_digest(request),
}


NAMES = 256
"""Parameters of a query that are compared one by one, in the order of their bytes."""
REST = "(all further parameters)"
"""Stands for the name of what is compared as a whole."""


class Near(NamedTuple):
    """A recorded interaction that almost matched."""

    position: int
    differences: list[Difference]


class Candidates(Struct):
    """The interactions of one key, in recorded order, and whose they are."""

    positions: list[int] = field(default_factory=list)
    by_device: dict[str, list[int]] = field(default_factory=dict)
    """The positions by the recorded device: its pseudonym, or empty where none was sent."""
    by_target: dict[str, list[int]] = field(default_factory=dict)
    """The positions by the recorded target, whose pseudonyms the key leaves out."""
    _both: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """The positions by device and target: made when they are first asked for."""

    def of(self, device: str, target: str) -> Sequence[int]:
        """Return the positions of a device that have this very target: the same list each time."""
        if not self._both:
            targets = {position: name for name, positions in self.by_target.items() for position in positions}
            for name, positions in self.by_device.items():
                for position in positions:
                    self._both.setdefault((name, targets[position]), []).append(position)
        return self._both.get((device, target), ())


class Index:
    """Finds interactions by key, in one look-up however many there are."""

    def __init__(
        self, matcher: Matcher, interactions: Sequence[Interaction], compared: Callable[[Request], Request]
    ) -> None:
        """Index the interactions; `compared` puts a wildcard for each secret of a request."""
        self.matcher = matcher
        self._candidates: dict[Key, Candidates] = {}
        for position, interaction in enumerate(interactions):
            request = interaction.request
            found = self._candidates.setdefault(matcher.key(compared(request), interaction.origin), Candidates())
            found.positions.append(position)
            found.by_device.setdefault(device_identifier(request), []).append(position)
            found.by_target.setdefault(request.target, []).append(position)

    def find(self, key: Key) -> Candidates | None:
        """Return the interactions that match, or None for a miss."""
        return self._candidates.get(key)

    def __len__(self) -> int:
        """How many different requests there are."""
        return len(self._candidates)

    @cached_property
    def nearby(self) -> Nearby:
        """The different requests, ready to be compared with one that misses; made once, which takes a while where there are many."""
        return Nearby(list(self._candidates))

    def nearest(self, key: Key, most: int = 3) -> list[Near]:
        """Return the interactions that differ least, at most `most`; of very many different requests the likeliest are compared."""
        keys = self.nearby.keys
        return [
            Near(self._candidates[keys[number]].positions[0], self.matcher.differences(keys[number], key))
            for number in self.nearby.nearest(key, most, self.matcher.cost_against(key))
        ]
