"""Whether a file is of the form that can be appended to, told from its two ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.format import HEAD

if TYPE_CHECKING:
    from pathlib import Path

START = 16384
"""How many bytes of a file's start hold its head, comments included."""
END = 128
"""How many bytes of a file's end hold the last line of a block."""

Form: TypeAlias = Literal["empty", "own", "damaged", "foreign"]

_HEAD = re.compile(rb"# recorded by pass-gateway[^\n]*\n(?:#[^\n]*\n)*version: 1\ninteractions:\n")
_FIRST_LINE = b"- request:\n"
_LAST_LINE = re.compile(rb"\n  recorded_at: '[^'\n]*'\n?\Z")
_LAST_LINES = re.compile(rb"\n  recorded_at: '[^'\n]*'\n")


def form(start: bytes, end: bytes) -> Form:
    """Tell what a file is whose first `START` bytes and last `END` bytes these are.

    `own`: can be appended to. `damaged`: ours, but cut off in the middle of an interaction. `foreign`: another tool's, or
    rewritten by one; it may well be read.
    """
    if not start:
        return "empty"
    head = _HEAD.match(start)
    if head is None:
        return "damaged" if HEAD.startswith(start) else "foreign"
    first = start[head.end() : head.end() + len(_FIRST_LINE)]
    if not _FIRST_LINE.startswith(first):
        return "foreign"
    return "own" if _LAST_LINE.search(end) else "damaged"


def whole(data: bytes) -> int:
    """Return how many bytes of a damaged file stand up to the end of its last whole interaction; 0 where there is none."""
    last = None
    # from behind in growing steps: an interaction may be large, a file larger
    window = 1 << 16
    while last is None:
        begin = max(0, len(data) - window)
        for last in _LAST_LINES.finditer(data, begin):  # noqa: B007  the last one is what is wanted
            pass
        if begin == 0:
            break
        window *= 4
    return last.end() if last else 0


def line_at(data: bytes, offset: int) -> int:
    """Return the line on which `offset` lies, from 1."""
    return data.count(b"\n", 0, offset) + 1


def damaged(path: Path, line: int = 0) -> CassetteError:
    """Say that the tail of `path` is cut off, and what cures it."""
    return CassetteError(
        path,
        line,
        expected="an interaction that ends with its line `  recorded_at: '…'`",
        found="a damaged tail: the file ends in the middle of one",
        advice=f"`gateway cassette repair {path}` cuts it back to the last whole interaction",
    )


def foreign(path: Path) -> CassetteError:
    """Say that `path` cannot be appended to, and what makes it so that it can."""
    return CassetteError(
        path,
        1,
        expected="a cassette that pass-gateway wrote: its comment, `version: 1`, `interactions:`, blocks",
        found="another form, such as vcrpy writes",
        advice=f"it can be replayed as it is; to record into it, `gateway cassette import {path}` makes one of our form",
    )
