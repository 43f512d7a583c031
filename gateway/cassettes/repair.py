"""A damaged tail cut off: what a full disk or a power cut left of the last interaction goes, all the others stay."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from gateway.cassettes import shape
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.files import keep_copy
from gateway.cassettes.parsing import parse
from gateway.cassettes.reader import read
from gateway.system.files import replace_file
from gateway.system.locking import locked


class Repaired(Struct, frozen=True):
    """The result of `repair`."""

    kept: int
    """How many interactions the file holds now."""
    cut_bytes: int
    """How many bytes were cut off; 0 if the file was intact and was left alone."""
    cut_from_line: int
    """The first line that was cut, from 1; 0 if none was."""
    backup: Path | None
    """Where the file as it was lies now."""


def repair(path: Path) -> Repaired:
    """Cut the cassette at `path` back to its last whole interaction, and keep the file as it was beside it.

    An intact file is left alone. Where no interaction is whole, an empty file stays, to which can be appended. Raises
    `CassetteError` where that would not make it whole: another tool's file, damage in the middle, a disk that fails.
    """
    _expect_own(path, read(path))  # a file that is missing or of another form is told before a lock is made for it
    try:
        with locked(path):
            return _repair(path, read(path))
    except OSError as error:
        found = error.strerror or str(error)
        raise CassetteError(
            Path(error.filename or path), expected="a file that can be replaced", found=found
        ) from error


def _expect_own(path: Path, data: bytes) -> None:
    if shape.form(data[: shape.START], data[-shape.END :]) == "foreign":
        advice = f"nothing was cut. To read another tool's recording, use `gateway cassette import {path}` brings in"
        raise CassetteError(path, 1, expected="a cassette that pass-gateway wrote", found="another form", advice=advice)


def _repair(path: Path, data: bytes) -> Repaired:
    _expect_own(path, data)
    match shape.form(data[: shape.START], data[-shape.END :]):
        case "damaged":
            end = shape.whole(data)
            kept = _count(path, data[:end])
            real = Path(os.path.realpath(path))
            backup = keep_copy(real, "damaged")
            replace_file(real, data[:end], like=real)
            return Repaired(kept, len(data) - end, shape.line_at(data, end), backup)
        case "marked":
            raise shape.marked(path)
        case _:
            return Repaired(_count(path, data), 0, 0, None)


def _count(path: Path, data: bytes) -> int:
    try:
        return len(parse(path, data))
    except CassetteError as error:
        advice = "the damage is not at the end, so nothing was cut: repair the line by hand, or remove the interaction"
        raise CassetteError(
            path, error.line, error.where, expected=error.expected, found=error.found, advice=advice
        ) from error
