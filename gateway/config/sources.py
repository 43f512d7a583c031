"""The sources of a configuration's values: the file, the environment, the command line, or a default."""

from collections.abc import Mapping

from msgspec import Struct

from gateway.config.model import Config
from gateway.config.problems import Loc


class Giver(Struct, frozen=True):
    """The source of a value that did not come from the file."""

    rank: int
    """0: devices.yaml beside the file; 1: the environment; 2: the command line."""
    label: str
    loc: Loc
    """The place that got the value. The value may be a map with keys."""


class Loaded(Struct, frozen=True):
    """A configuration, and the source of each value."""

    config: Config
    file: str | None
    """The file's name in messages. None if there is no file."""
    lines: Mapping[Loc, int]
    """The line of each key of the file, from 1."""
    givers: Mapping[Loc, Giver]

    def source(self, loc: Loc) -> str:
        """Return the source of a key's value: `config.yaml:12`, `GATEWAY_MODE`, an option, or `default`."""
        giver = giver_of(self.givers, loc)
        if giver is not None:
            return giver.label
        return f"{self.file}:{self.lines[loc]}" if loc in self.lines else "default"


def giver_of(givers: Mapping[Loc, Giver], loc: Loc) -> Giver | None:
    """Return the source of a value, or of the map or list around it."""
    return next((givers[loc[:end]] for end in range(len(loc), 0, -1) if loc[:end] in givers), None)
