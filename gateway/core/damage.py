"""The damage that faults do to an answer on its way to the app. The answer carries it; the wire does what no response can say."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Where: TypeAlias = Literal["start", "head", "body"]
"""The part of a reply where its bytes stop: before the first byte, in the head, or in the body."""


class Break(Struct, frozen=True):
    """Where the bytes of a reply stop, and how the connection ends there."""

    at: Where
    end: Literal["reset", "close"]
    """`reset`: TCP RST; `close`: TCP FIN."""
    size: int | None = None
    """Bytes of the body that still go out; None: half of them."""
    garbage: bool = False
    """Whether a chunk whose size is no number comes last."""


class Damage(Struct, frozen=True):
    """The faults of an answer, and the damage that the wire has to do."""

    faults: tuple[str, ...]
    """The faults, by name, in the order in which they were found."""
    whole: bool = True
    """Whether the app gets an answer of the API, with all of its bytes: then the checks judge it."""
    pace: float | None = None
    """Bytes of the body a second; None: as fast as they are read."""
    broken: Break | None = None
    """Where the reply breaks off."""
    silence: float = 0.0
    """Seconds for which nothing is written; then the connection is closed without an answer. 0: it is answered."""

    @property
    def concerns_wire(self) -> bool:
        """Whether the wire has something to do, or the answer is written like any other."""
        return self.pace is not None or self.broken is not None or self.silence > 0

    def and_(self, other: Damage | None) -> Damage:
        """Return this damage and another one. Of two that cannot both happen this one does."""
        if other is None:
            return self
        return Damage(
            (*self.faults, *other.faults),
            self.whole and other.whole,
            self.pace if self.pace is not None else other.pace,
            self.broken or other.broken,
            self.silence or other.silence,
        )
