"""Values of a configuration that contradict each other."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from gateway.config.model import Config
from gateway.config.problems import Loc


class Clash(Struct, frozen=True):
    """Values that contradict each other."""

    at: Loc
    """The key that a person should change."""
    message: str
    reads: tuple[Loc, ...] = ()
    """The other keys that the rule reads."""


Combination: TypeAlias = Callable[[Config], Iterator[Clash]]
