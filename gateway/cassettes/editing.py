"""Removes or replaces interactions of a cassette. All other interactions keep each of their bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from gateway.cassettes import shape
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.parsing import parse
from gateway.cassettes.reader import read
from gateway.core.model import Interaction
from gateway.system.files import replace_file
from gateway.system.locking import locked

Changes: TypeAlias = Mapping[int, bytes | None]
"""By the position of an interaction: the block that replaces it, as `format.dump` makes it, or None to remove it."""

_BEGINS = re.compile(rb"^- request:", re.MULTILINE)
"""A line with this beginning always begins an interaction (`format`)."""


def expect_own(path: Path, data: bytes | None = None) -> None:
    """Raise CassetteError for a file that is damaged, or not in our form. The error says how to repair it."""
    content = read(path) if data is None else data
    match shape.form(content[: shape.START], content[-shape.END :]):
        case "damaged":
            raise shape.damaged(path)
        case "marked":
            raise shape.marked(path)
        case "foreign":
            advice = f"`gateway cassette import {path}` makes one of our form"
            raise CassetteError(
                path, 1, expected="a cassette that pass-gateway wrote", found="another form", advice=advice
            )


def edit(path: Path, change: Callable[[Sequence[Interaction]], Changes]) -> tuple[Sequence[Interaction], Changes]:
    """Change a cassette in one step, under its lock. Return its interactions before the change, and the changes.

    `change` gets the interactions, and returns their changes. Without changes nothing is written. If no interaction remains, the file
    becomes empty, and can be appended to. Raises CassetteError if the file cannot be read, is of another form, or cannot be replaced.
    """
    expect_own(path)  # a file that is missing or of another form is reported before a lock is made for it
    try:
        with locked(path):
            data = read(path)
            expect_own(path, data)
            interactions = parse(path, data)
            changes = change(interactions)
            if changes:
                replace_file(Path(os.path.realpath(path)), _changed(path, data, len(interactions), changes))
            return interactions, changes
    except OSError as error:
        found = error.strerror or str(error)
        raise CassetteError(
            Path(error.filename or path), expected="a file that can be replaced", found=found
        ) from error


def _changed(path: Path, data: bytes, count: int, changes: Changes) -> bytes:
    begins = [found.start() for found in _BEGINS.finditer(data)]
    if len(begins) != count:
        raise CassetteError(
            path,
            expected=f"{count} lines that begin with `- request:`, one an interaction",
            found=str(len(begins)),
            advice="it was edited into another form; nothing was changed",
        )
    blocks = [data[begin:end] for begin, end in zip(begins, [*begins[1:], len(data)], strict=True)]
    changed = (changes.get(position, block) for position, block in enumerate(blocks))
    remaining = [block for block in changed if block is not None]
    return data[: begins[0]] + b"".join(remaining) if remaining else b""
