"""The damage that faults do to an answer on its way to the app. The answer carries it. The wire does what no response can express."""

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
    """Number of bytes of the body that are still sent. None: half of the body."""
    garbage: bool = False
    """Whether the last chunk has a size that is not a number."""


class Damage(Struct, frozen=True):
    """The faults of an answer, and the damage that the wire has to do."""

    faults: tuple[str, ...]
    """The faults, by name, in the order in which they were found."""
    whole: bool = True
    """Whether the app gets a whole answer of the API. Only then the checks judge the answer."""
    pace: float | None = None
    """Speed of the body, in bytes per second. None: as fast as the app reads."""
    broken: Break | None = None
    """Where the reply breaks off."""
    silence: float = 0.0
    """Seconds of silence, after which the connection is closed without an answer. 0: the app gets an answer."""

    @property
    def concerns_wire(self) -> bool:
        """Whether the wire must do something. If not, the answer is written like any other."""
        return self.pace is not None or self.broken is not None or self.silence > 0

    def and_(self, other: Damage | None) -> Damage:
        """Return this damage together with another one. If the two exclude each other, this one happens."""
        if other is None:
            return self
        return Damage(
            (*self.faults, *other.faults),
            self.whole and other.whole,
            self.pace if self.pace is not None else other.pace,
            self.broken or other.broken,
            self.silence or other.silence,
        )
