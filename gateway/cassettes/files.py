"""Cassettes as files: which files of a folder are cassettes, and a copy before a file is changed.

Facts
-----
* In a folder, at any depth, a file is a cassette if its name ends in `.yaml`, `.yml` or `.json`, or if its content begins like a
  cassette. Hidden files are not cassettes. Copies that `repair` and `import` keep beside a file are not cassettes.
* `run` takes the name of a cassette: `NAME.yaml` directly in the folder of cassettes.
* The findings of calls that are not recorded are beside the cassette (`NAME.findings.jsonl`). They may exist without a cassette, if no
  call was recorded.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from gateway.cassettes import shape
from gateway.cassettes.errors import CassetteMissingError
from gateway.system.files import copy_file

SUFFIX = ".yaml"
SUFFIXES = frozenset({SUFFIX, ".yml", ".json"})
FINDINGS = ".findings.jsonl"
_COPY = re.compile(r".+\.(?:damaged|imported)(?:\.[0-9]+)?")
"""The names of the copies that `keep_copy` makes."""
_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?:[ \t]*+(?:#[^\n]*+)?+\r?+\n|---[ \t]*+\r?+\n)*+"
    rb"(?:interactions:|version: ?1\s|\{\s*+\"(?:interactions|version)\"\s*+:)"
)
"""The beginning of vcrpy's files and of ours. Comments may stand before it."""
NODE = "node_modules"
"""Packages of Node. There are very many files in them, and no cassettes."""
NO_FILE = Path(os.devnull)
"""Stands in place of a cassette. A replay of this file has no recordings, and this is no mistake."""
LOOKED_AT = 10_000
"""Largest number of entries that a search below a folder looks at: the folder may be somebody's home."""
NAMED = 8
"""Largest number of cassettes that a message names."""


def findings_path(cassette: Path) -> Path:
    """Return the path of the findings of calls that are not in a cassette."""
    return cassette.with_name(f"{cassette.stem}{FINDINGS}")


def is_findings(path: Path) -> bool:
    """Whether a file has findings, by its name."""
    return path.name.endswith(FINDINGS)


def recordings(paths: Iterable[Path]) -> list[Path]:
    """Return the cassettes at `paths` as `cassettes` does, each with the findings beside it, and findings without a cassette.

    If a named cassette does not exist, but its findings do, only the findings are returned. Without both, the path is returned, and
    opening it raises the error.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = _recorded_in(path) if path.is_dir() else [path]
        if not inside:
            raise _empty(path)
        for file in inside:
            findings = [beside] if (beside := findings_path(file)).is_file() else []
            for each in [file, *findings] if file.exists() or not findings else findings:
                found.setdefault(each.resolve(), each)
    return list(found.values())


def _recorded_in(folder: Path) -> list[Path]:
    findings = [path for path in folder.rglob(f"*{FINDINGS}") if _is_visible(path.relative_to(folder))]
    return [*cassettes_in(folder), *sorted(filter(Path.is_file, findings))]


def cassettes(paths: Iterable[Path]) -> list[Path]:
    """Return the cassettes at `paths`, each file once. A folder stands for the cassettes in it.

    Raises CassetteMissingError for a folder without a cassette: an empty folder must not look like a good result.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = cassettes_in(path) if path.is_dir() else [path]
        if not inside:
            raise _empty(path)
        for file in inside:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _empty(folder: Path) -> CassetteMissingError:
    return CassetteMissingError(folder, expected="a folder with cassettes in it", found="a folder without any")


def cassettes_in(folder: Path) -> list[Path]:
    """Return the cassettes in a folder and below it, sorted; an empty list if there is no such folder."""
    return sorted(path for path in folder.rglob("*") if _is_cassette(path, path.relative_to(folder)))


def available(folder: Path) -> list[str]:
    """Return the names of the cassettes in `folder` itself, sorted; an empty list if there is no such folder."""
    try:
        return sorted(
            path.stem
            for path in folder.iterdir()
            if path.suffix == SUFFIX and path.is_file() and not path.name.startswith(".")
        )
    except OSError:
        return []


def nearest_below(folder: Path) -> list[Path]:
    """Return the cassettes in the folders below `folder`, the nearest folders first. Sessions and plugins put their cassettes there.

    The search ends after about `LOOKED_AT` entries.
    """
    found: list[Path] = []
    folders = deque([folder])
    looked_at = 0
    while folders and looked_at < LOOKED_AT:
        within = folders.popleft()
        with suppress(OSError):
            entries = sorted(path for path in within.iterdir() if not path.name.startswith(".") and path.name != NODE)
            looked_at += len(entries)
            folders += [path for path in entries if path.is_dir() and not path.is_symlink()]
            named = [path for path in entries if path.suffix == SUFFIX and path.is_file() and within != folder]
            found += filter(_begins_like_one, named)
    return found


def there(folder: Path) -> str:
    """Return a text with the cassettes in a folder, as names, and below it, as paths. It has at most `NAMED` of each."""
    if not folder.is_dir():
        nearest = next((parent for parent in folder.parents if parent.is_dir()), Path())
        below = nearest_below(nearest)
        return f"there is no folder {folder}" + (f"; cassettes below {nearest}: {_some(below)}" if below else "")
    here, below = available(folder), nearest_below(folder)
    said = [
        *([f"cassettes in {folder}: {_some(here)}"] if here else []),
        *([f"cassettes below {folder}: {_some(below)}"] if below else []),
    ]
    return "; ".join(said) or f"no cassette in {folder}"


def _some(names: Sequence[object]) -> str:
    more = len(names) - NAMED
    return ", ".join(map(str, names[:NAMED])) + (f" and {more} more" if more > 0 else "")


def _is_cassette(path: Path, below: Path) -> bool:
    if not _is_visible(below) or _COPY.fullmatch(path.name) or is_findings(path):
        return False
    try:
        return path.is_file() and (path.suffix in SUFFIXES or _begins_like_one(path))
    except OSError:
        return True  # the reader reports the problem


def _is_visible(below: Path) -> bool:
    return not any(part.startswith(".") for part in below.parts)


def _begins_like_one(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(shape.START)
    return _BEGINNING.match(start) is not None


def keep_copy(path: Path, mark: str) -> Path:
    """Copy a file beside itself, as `NAME.MARK`, or under the next free name.

    An older copy is never overwritten, since it may have the only copy of a recording.
    """
    number = 0
    while True:
        copy = path.with_name(f"{path.name}.{mark}{f'.{number}' if number else ''}")
        try:
            copy_file(path, copy)
        except FileExistsError:
            number += 1
        else:
            return copy
