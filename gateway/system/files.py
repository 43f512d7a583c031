"""Replaces files: the new file is written beside the old one, then renamed. A failure keeps the old file.

Facts
-----
* A new file follows the umask, and is never writable for everybody. A replaced file keeps its permissions, but loses this one.
* A link stays a link: the file behind it is replaced.
* A file that is not regular, such as `/dev/stdout` or a pipe, cannot be replaced. The data are written into it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import ENOTDIR
from pathlib import Path
from secrets import token_hex

NEW_FILE = 0o664
"""Permissions of a new file, before the umask."""
NEW_FOLDER = 0o775
PRIVATE = 0o600
"""Permissions of a file that only its owner may read."""

_EVERYBODY = stat.S_IWOTH
_SHOWN = 40
"""Number of characters of a file's name in the name of its draft. The name of the draft must not be too long."""


def replace_file(path: Path, data: bytes, *, like: Path | None = None, mode: int | None = None) -> None:
    """Replace the file at `path` by `data`, as a whole. Raises OSError; then the old file is unchanged.

    A new file has the permissions of `like`, or the permissions that the umask allows. `mode`, if given, is used for any file.
    """
    real = Path(os.path.realpath(path))
    before = _status(real)
    if before is not None and not stat.S_ISREG(before.st_mode):
        with real.open("wb") as stream:
            stream.write(data)
        return
    model = _status(like) if like is not None else before
    draft = real.with_name(f".{real.name[:_SHOWN]}.{token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(draft, flags, PRIVATE if mode is not None or model is not None else NEW_FILE)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if before is not None:
                with suppress(OSError):  # only root may change the owner, and only root needs to
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
            if mode is not None or model is not None:
                wanted = mode if mode is not None else stat.S_IMODE(model.st_mode if model else PRIVATE)
                os.fchmod(file.fileno(), wanted & ~_EVERYBODY)
            os.fsync(file.fileno())  # after a crash, the name must not point to an incomplete file
        draft.replace(real)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def copy_file(path: Path, copy: Path) -> None:
    """Copy a file, with its permissions, to a new name. Raises FileExistsError if the name exists, or OSError; then there is no copy."""
    data = path.read_bytes()
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as beside:
            beside.write(data)
            beside.flush()
            os.fchmod(beside.fileno(), stat.S_IMODE(path.stat().st_mode) & ~_EVERYBODY)
            os.fsync(beside.fileno())
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def make_folder(path: Path) -> None:
    """Make a folder and its parents. No folder is writable for everybody."""
    for folder in reversed((path, *path.parents)):
        if not folder.is_dir():
            try:
                folder.mkdir(NEW_FOLDER, exist_ok=True)  # another process may make it meanwhile
            except FileExistsError:
                raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(folder)) from None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
