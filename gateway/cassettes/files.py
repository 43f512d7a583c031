"""Cassettes as files: which lie in a folder, a copy before one is changed, and a content that replaces another as a whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


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
            with path.open("rb") as whole, copy.open("xb") as beside:
                shutil.copyfileobj(whole, beside)
        except FileExistsError:
            number += 1
        else:
            return copy


def write_whole(path: Path, data: bytes, like: Path | None = None) -> None:
    """Put `data` where `path` is, all of it or nothing, with the permissions of `like` or those of a new file; a link stays one."""
    real = Path(os.path.realpath(path))
    descriptor, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # the name must not point to less than was there before
        if like is not None:
            shutil.copymode(like, fresh)
        else:
            umask = os.umask(0)
            os.umask(umask)
            fresh.chmod(0o666 & ~umask)
        fresh.replace(real)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
