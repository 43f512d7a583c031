"""Cassettes as files: which files of a folder are cassettes, and a copy before one is changed.

Facts
-----
* In a folder, however deep, a cassette is what ends in `.yaml`, `.yml` or `.json`, and whatever begins like a cassette, whatever
  its name. What is hidden is none, and neither are the copies that `repair` and `import` keep beside a file.
* The name of a cassette, as `run` takes it, means `NAME.yaml` in the folder of cassettes itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from gateway.cassettes import shape
from gateway.cassettes.errors import CassetteMissingError
from gateway.system.files import copy_file

SUFFIX = ".yaml"
SUFFIXES = frozenset({SUFFIX, ".yml", ".json"})
_COPY = re.compile(r".+\.(?:damaged|imported)(?:\.[0-9]+)?")
"""The name of what `keep_copy` makes."""
_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?:[ \t]*+(?:#[^\n]*+)?+\r?+\n|---[ \t]*+\r?+\n)*+"
    rb"(?:interactions:|version: ?1\s|\{\s*+\"(?:interactions|version)\"\s*+:)"
)
"""How vcrpy's files begin, and ours; comments may stand before that."""


def cassettes(paths: Iterable[Path]) -> list[Path]:
    """Return the cassettes at `paths`, each file once: a path that is named is one, and a folder stands for those in it.

    A folder that holds none is a CassetteMissingError: who is to look at cassettes must not be told that all is well.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = cassettes_in(path) if path.is_dir() else [path]
        if not inside:
            raise CassetteMissingError(path, expected="a folder with cassettes in it", found="a folder without any")
        for file in inside:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def cassettes_in(folder: Path) -> list[Path]:
    """Return the cassettes in a folder and below it, sorted; an empty list where there is no such folder."""
    return sorted(path for path in folder.rglob("*") if _is_cassette(path, path.relative_to(folder)))


def available(folder: Path) -> list[str]:
    """Return the names of the cassettes in `folder` itself, sorted; an empty list where there is no such folder."""
    try:
        return sorted(
            path.stem
            for path in folder.iterdir()
            if path.suffix == SUFFIX and path.is_file() and not path.name.startswith(".")
        )
    except OSError:
        return []


def _is_cassette(path: Path, below: Path) -> bool:
    if any(part.startswith(".") for part in below.parts) or _COPY.fullmatch(path.name):
        return False
    try:
        return path.is_file() and (path.suffix in SUFFIXES or _begins_like_one(path))
    except OSError:
        return True  # whoever reads it says what is wrong


def _begins_like_one(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(shape.START)
    return _BEGINNING.match(start) is not None


def keep_copy(path: Path, mark: str) -> Path:
    """Copy a file beside itself, as `NAME.MARK` or under the next name that is free: an older copy may be the only one of what it holds."""
    number = 0
    while True:
        copy = path.with_name(f"{path.name}.{mark}{f'.{number}' if number else ''}")
        try:
            copy_file(path, copy)
        except FileExistsError:
            number += 1
        else:
            return copy
