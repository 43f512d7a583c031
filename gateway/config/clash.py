"""Values of a configuration that cannot stand together."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from gateway.config.model import Config
from gateway.config.problems import Loc


class Clash(Struct, frozen=True):
    """Values that cannot stand together."""

    at: Loc
    """The key whose value is best changed."""
    message: str
    reads: tuple[Loc, ...] = ()
    """The other keys that were read."""


Combination: TypeAlias = Callable[[Config], Iterator[Clash]]
