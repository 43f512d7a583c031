"""Cuts off a damaged tail: the part of the last interaction that a full disk or a power cut left. All other interactions stay."""

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
    """Number of interactions that the file has now."""
    cut_bytes: int
    """Number of bytes that were cut off. 0 if the file was intact, and was not changed."""
    cut_from_line: int
    """The first line that was cut off, from 1. 0 if no line was cut off."""
    backup: Path | None
    """The copy of the file before the repair."""


def repair(path: Path) -> Repaired:
    """Cut off the cassette at `path` after its last whole interaction. A copy of the file stays beside it.

    An intact file is not changed. If no interaction is whole, the file becomes empty, and can be appended to. Raises `CassetteError` if
    cutting does not help: another tool's file, damage in the middle, a disk that fails.
    """
    _expect_own(path, read(path))  # a file that is missing or of another form is reported before a lock is made for it
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
        advice = f"nothing was cut. To read another tool's recording, use `gateway cassette import {path}`"
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
