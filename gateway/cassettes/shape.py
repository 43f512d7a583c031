"""Finds out from the two ends of a file whether it can be appended to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.format import HEAD

if TYPE_CHECKING:
    from pathlib import Path

START = 16384
"""Number of bytes at a file's start. The head, with its comments, fits into them."""
END = 16384
"""Number of bytes at a file's end. The last line of a block, with blank lines and comments after it, fits into them."""
MARK = b"\xef\xbb\xbf"
"""A byte-order mark, which some editors write (RFC 3629 section 6)."""

Form: TypeAlias = Literal["empty", "own", "damaged", "marked", "foreign"]

_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?# recorded by pass-gateway[^\n]*\n(?:#[^\n]*\n)*version: 1\r?\ninteractions:\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*"
)
_FIRST_LINES = (b"- request:\n", b"- request:\r\n")
_LAST_LINE = re.compile(rb"  recorded_at: '[^'\n]*'[ \t]*\r?")
_LAST_LINES = re.compile(rb"\n  recorded_at: '[^'\n]*'[ \t]*\r?\n")


def form(start: bytes, end: bytes) -> Form:
    """Return the form of a file, from its first `START` bytes and its last `END` bytes.

    `own`: can be appended to. `damaged`: ours, but cut off in the middle of an interaction. `marked`: whole, with a byte-order mark after
    its end. `foreign`: written or rewritten by another tool; it may be readable. Blank lines, comments and line ends of another system
    are not damage.
    """
    if not start:
        return "empty"
    head = _HEAD.match(start)
    if head is None:
        return "damaged" if HEAD.startswith(start) else "foreign"
    first = start[head.end() : head.end() + len(_FIRST_LINES[1])]
    if not any(line.startswith(first[: len(line)]) for line in _FIRST_LINES):
        return "foreign"
    if end.rstrip().endswith(MARK):
        return "marked" if ends_whole(end.rstrip().removesuffix(MARK)) else "damaged"
    return "own" if ends_whole(end) else "damaged"


def ends_whole(end: bytes) -> bool:
    """Whether the last line in these bytes, apart from blank lines and comments, is the last line of a block."""
    for line in reversed(end.split(b"\n")):
        if line.strip(b" \r") and not line.lstrip(b" ").startswith(b"#"):
            return _LAST_LINE.fullmatch(line) is not None
    return False


def whole(data: bytes) -> int:
    """Return how many bytes of a damaged file to keep, up to the end of its last whole interaction. 0 if there is none."""
    last = None
    # from the end, in growing steps: an interaction may be large, and the file is larger
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
    """Return the line number of `offset`, from 1."""
    return data.count(b"\n", 0, offset) + 1


def damaged(path: Path, line: int = 0) -> CassetteError:
    """Return the error for a cut-off tail, with the way to repair it."""
    return CassetteError(
        path,
        line,
        expected="an interaction that ends with its line `  recorded_at: '…'`",
        found="a damaged tail: the file ends in the middle of one",
        advice=f"`gateway cassette repair {path}` cuts it back to the last whole interaction",
    )


def marked(path: Path) -> CassetteError:
    """Return the error for a byte-order mark in the place of the next interaction."""
    return CassetteError(
        path,
        expected="nothing behind the last interaction",
        found="a byte-order mark (the bytes EF BB BF)",
        advice="delete it; an editor may have written it",
    )


def foreign(path: Path) -> CassetteError:
    """Return the error for a file that cannot be appended to, with the way to convert it."""
    return CassetteError(
        path,
        1,
        expected="a cassette that pass-gateway wrote: its comment, `version: 1`, `interactions:`, blocks",
        found="another form, such as vcrpy writes",
        advice=f"it can be replayed as it is; to record into it, `gateway cassette import {path}` makes one of our form",
    )
