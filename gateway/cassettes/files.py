"""Cassettes as files: which lie in a folder, and a copy before one is changed."""

from __future__ import annotations

from pathlib import Path

from gateway.system.files import copy_file


def available(folder: Path) -> list[str]:
    """Return the names of the cassettes in `folder`, sorted and without `.yaml`; none where there is no such folder."""
    try:
        return sorted(
            path.stem
            for path in folder.iterdir()
            if path.suffix == ".yaml" and path.is_file() and not path.name.startswith(".")
        )
    except OSError:
        return []


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
