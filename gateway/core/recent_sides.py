"""The last redacted sides of legs."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from gateway.core.bounded import Bounded
from gateway.core.model import Request, Response
from gateway.core.secrets.leaks import Leak

T = TypeVar("T", Request, Response)


class RedactedSide(Struct, Generic[T], frozen=True):
    """One redacted side of a leg, and the leaks in it."""

    generation: int
    """Of the secrets that it was searched for."""
    part: T
    leaks: tuple[Leak, ...]


class RedactedTarget(Struct, frozen=True):
    """A request target without its secrets, and the leaks in it."""

    generation: int
    """Of the secrets that it was searched for."""
    text: str
    leaks: tuple[Leak, ...]


class RecentSides:
    """The last redacted sides. A device sends the same head each time, and an answer's body is often the same."""

    def __init__(self) -> None:
        self._kept: Bounded[Hashable, RedactedSide[Any]] = Bounded(
            "redacted sides", 32 << 20, longest=64 << 10, size=lambda _, side: _size(side)
        )

    def get(self, key: Hashable) -> RedactedSide[Any] | None:
        """Return the side that was made from the values in `key`."""
        return self._kept.get(key)

    def put(self, key: Hashable, side: RedactedSide[Any]) -> None:
        """Keep a side, unless it is too large."""
        self._kept.put(key, side)


def _size(side: RedactedSide[Any]) -> int:
    """Return the rough size of a side and its key, in bytes."""
    headers = sum(len(name) + len(value) + 120 for name, value in side.part.headers.raw)
    return 1000 + 2 * (len(side.part.body) + headers + len(getattr(side.part, "target", "")))
