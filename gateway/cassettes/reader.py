"""Reads cassettes of our own form and of vcrpy. The result is the interactions, or one sentence about the mistake."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gateway.cassettes import shape
from gateway.cassettes.blocks import Blocks, read_blocks
from gateway.cassettes.errors import CassetteError, CassetteMissingError
from gateway.cassettes.files import there
from gateway.cassettes.format import HEAD
from gateway.cassettes.parsing import parse
from gateway.system.locking import lock_path, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.core.model import Interaction

MAX_FILE = 512 * 1024 * 1024
"""Largest size of a cassette, in bytes."""
CHUNK = 1 << 20
"""Number of bytes per read, if the size is unknown (a pipe) or has grown."""


class Cassette(Struct, frozen=True):
    """The interactions of one file, in their order."""

    path: Path
    interactions: Sequence[Interaction]
    appendable: bool
    """Whether a `Writer` can append to it: it is of our own form, or empty."""
    size: int = 0
    """Number of bytes that were read."""
    digest: bytes = b""
    """Digest of these bytes. It recognises them when the file has grown."""


def load(path: Path, step: Callable[[], None] | None = None) -> Cassette:
    """Read the cassette at `path`. An empty file is a cassette without interactions. `step` is called for each interaction.

    Raises `CassetteMissingError` if there is no file, and `CassetteError` for every other problem.
    """
    data = read(path)
    form = _form(data)
    if form == "damaged" and lock_path(path).exists():
        # another process may be in the middle of its write, but not under the lock
        try:
            with locked(path):
                data = read(path)
                form = _form(data)
        except OSError as error:
            raise CassetteError(
                Path(error.filename or path), expected="a file to be locked", found=error.strerror or str(error)
            ) from error
    if form == "damaged":
        raise shape.damaged(path, shape.line_at(data, shape.whole(data)))
    if form == "marked":
        raise shape.marked(path)
    counted = _Counted(step)
    interactions: Sequence[Interaction] | None = read_blocks(data, counted.first)
    if interactions is None:
        interactions = parse(path, data, step=counted.again)
    return Cassette(path, interactions, form in {"own", "empty"}, len(data), _digest(data))


class _Counted:
    """Counts each interaction once, even if the file has another form and is read again from its start."""

    def __init__(self, step: Callable[[], None] | None) -> None:
        self._step = step or (lambda: None)
        self._looked_at = 0

    def first(self) -> None:
        self._looked_at += 1
        self._step()

    def again(self) -> None:
        self._looked_at -= 1
        if self._looked_at < 0:
            self._step()


def grown(before: Cassette) -> Cassette | None:
    """Return a cassette that has grown. Only the new part is read. None if the file may have changed in another way."""
    try:
        data = read(before.path)
        old, new = data[: before.size], data[before.size :]
        if not before.size or not before.appendable or _digest(old) != before.digest or _form(data) != "own":
            return None
        known = before.interactions
        held: Sequence[Interaction] | None = read_blocks(data, before=known) if isinstance(known, Blocks) else None
        added = parse(before.path, HEAD + new) if held is None else ()
    except CassetteError:  # a full read reports the problem with its place
        return None
    if held is None:
        lines = old.count(b"\n") - HEAD.count(b"\n")
        held = (*known, *[replace(entry, line=entry.line + lines) for entry in added])
    return Cassette(before.path, held, appendable=True, size=len(data), digest=_digest(data))


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _form(data: bytes) -> shape.Form:
    return shape.form(data[: shape.START], data[-shape.END :])


def read(path: Path) -> bytes:
    """Return the bytes of the cassette at `path`. Raises `CassetteError`, or `CassetteMissingError` with the cassettes that exist."""
    try:
        with path.open("rb", buffering=0) as file:
            # not MAX_FILE, since Python would allocate so much memory
            step = min(os.fstat(file.fileno()).st_size, MAX_FILE) + 1
            pieces: list[bytes] = []
            while sum(map(len, pieces)) <= MAX_FILE and (piece := file.read(step)):
                pieces.append(piece)
                step = CHUNK
            data = b"".join(pieces)
    except FileNotFoundError:
        raise CassetteMissingError(
            path, expected="a cassette", found="no such file", advice=there(path.parent)
        ) from None
    except OSError as error:
        raise CassetteError(path, expected="a readable file", found=error.strerror or str(error)) from error
    if len(data) > MAX_FILE:
        raise CassetteError(path, expected=f"at most {MAX_FILE} bytes", found="more")
    return data
