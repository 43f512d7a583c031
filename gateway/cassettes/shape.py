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
END = 16384
"""How many bytes of a file's end hold the last line of a block, with blank lines and comments behind it."""
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
    """Tell what a file is whose first `START` bytes and last `END` bytes these are.

    `own`: can be appended to. `damaged`: ours, but cut off in the middle of an interaction. `marked`: whole, with
    a byte-order mark behind its end. `foreign`: another tool's, or rewritten by one; it may well be read.

    Blank lines, comments and line ends of another system are no damage.
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
    """Whether the last line that says something, in these last bytes of a file, is the last of a block."""
    for line in reversed(end.split(b"\n")):
        if line.strip(b" \r") and not line.lstrip(b" ").startswith(b"#"):
            return _LAST_LINE.fullmatch(line) is not None
    return False


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


def marked(path: Path) -> CassetteError:
    """Say that a byte-order mark stands where the next interaction would be."""
    return CassetteError(
        path,
        expected="nothing behind the last interaction",
        found="a byte-order mark (the bytes EF BB BF)",
        advice="delete it: an editor, or a join of two files, has put it there",
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
