"""The names of cassettes. A name from a request selects an existing file, and never becomes a path.

A new cassette must have a plain name, and is made in the folder of cassettes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gateway.cassettes.files import SUFFIX, cassettes_in
from gateway.control.errors import ControlError
from gateway.core.text import printable, shortened

_PLAIN = re.compile(r"(?=.{1,200}\Z)[A-Za-z0-9][A-Za-z0-9_.-]*+(?:/[A-Za-z0-9][A-Za-z0-9_.-]*+)*+")


def named(folder: Path) -> Mapping[str, Path]:
    """Return the cassettes in a folder and below it, by name: the path below the folder, without `.yaml`."""
    return {shown_name(folder, path): path for path in cassettes_in(folder)}


def shown_name(folder: Path, path: Path | None) -> str:
    """Return the name of a cassette, or its path if it is not in the folder. Without a cassette, return an empty name."""
    if path is None:
        return ""
    path, folder = path.absolute(), folder.absolute()
    if not path.is_relative_to(folder):
        return str(path)
    return path.relative_to(folder).as_posix().removesuffix(SUFFIX)


def cassette_named(folder: Path, name: str) -> Path:
    """Return the path of the cassette with this name. Raises ControlError 404 if there is no such cassette."""
    found = named(folder).get(name)
    if found is None:
        message = f"There is no cassette {printable(shortened(name))}. Mode auto records it. GET /api/cassettes lists the cassettes."
        raise ControlError(404, "cassette_unknown", message)
    return found


def new_cassette(folder: Path, name: str) -> Path:
    """Return the path of the cassette with this name, or a path for a new one in the folder. Raises ControlError for an invalid name."""
    found = named(folder).get(name)
    if found is not None:
        return found
    if not _PLAIN.fullmatch(name):
        message = "Expected a name of letters, digits, -, _ and ., perhaps with folders and /. Each part begins with a letter or a digit."
        raise ControlError(400, "cassette_name", message)
    path = folder / f"{name.removesuffix(SUFFIX)}{SUFFIX}"
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise ControlError(
            400, "cassette_name", "Expected a name in the folder of cassettes. A link leads out of the folder."
        )
    return path
