"""Which recorded interaction answers a live request, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct, field

from gateway.core.devices import device_identifier
from gateway.core.model import Interaction, Request

Key: TypeAlias = tuple[str, ...]
DeviceChoice: TypeAlias = Literal["prefer", "require", "ignore"]
UNCOMPARED = "more than limits.max_body"
"""What stands in a key for a body that is not held in memory: no recorded one is like it."""


class Difference(NamedTuple):
    """One part in which a recorded request and a live one differ."""

    where: str
    recorded: str
    got: str

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded or 'nothing'}, got {self.got or 'nothing'}"


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


def _query_differences(recorded: str, got: str) -> list[Difference]:
    def pairs(query: str) -> dict[str, list[str]]:
        read: dict[str, list[str]] = {}
        for pair in query.split("&") if query else ():
            name, _, value = pair.partition("=")
            read.setdefault(name, []).append(value)
        return read

    def shown(values: list[str] | None) -> str:
        return ",".join(values) or "a blank" if values is not None else ""

    left, right = pairs(recorded), pairs(got)
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

    def nearest(self, key: Key, most: int = 3, look_at: int = 5000) -> list[Near]:
        """Return the interactions that differ least, at most `most` of the first `look_at` different requests."""
        near = [
            Near(found.positions[0], self.matcher.differences(recorded, key))
            for recorded, found in islice(self._candidates.items(), look_at)
        ]
        near.sort(key=lambda entry: (len(entry.differences), sum(_distance(d) for d in entry.differences)))
        return near[:most]


def _distance(difference: Difference) -> int:
    """Return how unlike two texts are: what remains of them when their common start and end are taken away."""
    left, right = difference.recorded, difference.got
    shorter = min(len(left), len(right))
    start = next((at for at in range(shorter) if left[at] != right[at]), shorter)
    end = next((at for at in range(shorter - start) if left[-1 - at] != right[-1 - at]), shorter - start)
    return len(left) + len(right) - 2 * (start + end)
