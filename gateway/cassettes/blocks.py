"""Reads cassettes of our own form without a YAML parser. Each layout is read strictly once. After that, only its scalars are read.

Facts
-----
* `dump` quotes each scalar and keeps it on one line. Ten thousand interactions have a handful of layouts (`layouts.py`).
* If a block's layout is known, and its scalars pass the checks of their places, the strict reader would read the same. Every other block
  goes to the strict reader, which also makes the messages.
* A large cassette stays in memory as its bytes. Its interactions would take three times as much. Each interaction is read when it is
  needed.
"""

from __future__ import annotations

import re
from array import array
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable, Sequence
from itertools import pairwise
from json.decoder import scanstring  # type: ignore[attr-defined]  # it is not in the stubs
from typing import overload

from msgspec import Struct, field

from gateway.cassettes import strict
from gateway.cassettes.coding import replayable
from gateway.cassettes.errors import Problem
from gateway.cassettes.format import HEAD, NOT_IN_A_VALUE, RECORDED_AT
from gateway.cassettes.layouts import NUMBER, Layout, Slot, layout_of, split
from gateway.cassettes.parsing import origin_and_target, wire
from gateway.core.codings import CodingError
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.recorded import Headed, RecordedHead

KEPT = 4 << 20
"""Size of the largest cassette, in bytes, whose interactions are kept. An interaction of a larger cassette is read again each time it is
needed."""
FEW = 64
"""Number of layouts that a cassette may have in any case. If it has more layouts, and fewer than eight blocks for each layout, the strict
reader reads it."""

_PRINTABLE = bytes([10, *range(32, 127)])
_FIRST = b"- request:\n"
_BEGIN = re.compile(b"\n" + _FIRST)
_ESCAPED = re.compile(r"\\(?:U([0-9A-F]{8})|.)")


class NotOursError(Exception):
    """A block is not in our own form, or the strict reader may report something about it."""


class Looked(Struct):
    """The blocks that were read so far."""

    starts: array[int] = field(default_factory=lambda: array("Q"))
    """The place where each block begins."""
    lines: array[int] = field(default_factory=lambda: array("Q"))
    """The first line of each block."""
    heads: list[RecordedHead] = field(default_factory=list)
    kept: list[Interaction] = field(default_factory=list)
    """The interactions of a small cassette."""
    layouts: set[str] = field(default_factory=set)

    def copy(self, *, keep: bool) -> Looked:
        """Return a copy to which blocks can be added. `keep`: with the interactions."""
        return Looked(self.starts[:], self.lines[:], self.heads[:], self.kept[:] if keep else [], set(self.layouts))


class Blocks(Headed):
    """The interactions of a cassette of our own form. All blocks were checked before. Each interaction is read when it is needed."""

    def __init__(self, data: bytes, looked: Looked | None = None) -> None:
        """Take a cassette's bytes, and the blocks that are known already."""
        self.data = data
        self.looked = looked or Looked()

    def add(self, begin: int, end: int, line: int) -> int:
        """Check the block that begins on this line, and return how many lines it has.

        Raises NotOursError, Problem, CodingError or Base64Error if the strict reader may refuse it.
        """
        text, scalars = split(self.data[begin:end])
        self.looked.layouts.add(text)
        layout = layout_of(text) if len(self.looked.layouts) <= FEW + len(self) // 8 else None
        if layout is None or self.data.count(b"\n", begin, end) != layout.lines:  # or a scalar has several lines
            raise NotOursError
        if len(self.data) <= KEPT:
            self.looked.kept.append(_interaction(layout, scalars, line))
            head = RecordedHead.of(self.looked.kept[-1])
        else:
            head = _head(layout, scalars, line, end - begin)
        self.looked.starts.append(begin)
        self.looked.lines.append(line)
        self.looked.heads.append(head)
        return layout.lines

    @property
    def heads(self) -> list[RecordedHead]:
        """The interactions' index entries. No block is read for them."""
        return self.looked.heads

    @overload
    def __getitem__(self, at: int) -> Interaction: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Interaction, ...]: ...
    def __getitem__(self, at: int | slice) -> Interaction | tuple[Interaction, ...]:
        """Read one interaction, or several."""
        numbers = range(len(self))[at]
        return self._read(numbers) if isinstance(numbers, int) else tuple(map(self._read, numbers))

    def __len__(self) -> int:
        return len(self.looked.heads)

    def __eq__(self, other: object) -> bool:
        """Return whether another sequence has the same interactions."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(Interaction.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def _read(self, number: int) -> Interaction:
        if number < len(self.looked.kept):
            return self.looked.kept[number]
        end = self.looked.starts[number + 1] if number + 1 < len(self.looked.starts) else len(self.data)
        text, scalars = split(self.data[self.looked.starts[number] : end])
        layout = layout_of(text)
        assert layout is not None  # noqa: S101  # the same text had one when all blocks were looked at
        return _interaction(layout, scalars, self.looked.lines[number])


def read_blocks(data: bytes, step: Callable[[], None] | None = None, before: Blocks | None = None) -> Blocks | None:
    """Return the interactions of a cassette that is wholly in our own form. None if the strict reader must read it.

    `step` is called for each interaction. `before`: the known interactions of the beginning of `data`. They are not read again.
    """
    begin = len(before.data) if before is not None else len(HEAD)
    if not data.startswith(HEAD) or not data.startswith(_FIRST, begin) or not data.endswith(b"\n"):
        return None
    if (data if before is None else data[begin:]).translate(None, _PRINTABLE):
        return None
    starts = [begin, *[found.start() + 1 for found in _BEGIN.finditer(data, begin)], len(data)]
    blocks = Blocks(data, before.looked.copy(keep=len(data) <= KEPT) if before is not None else None)
    if len(blocks) + len(starts) - 1 > strict.MAX_INTERACTIONS:
        return None
    line = data.count(b"\n", 0, begin) + 1
    try:
        for begin, end in pairwise(starts):
            line += blocks.add(begin, end, line)
            if step is not None:
                step()
    except (NotOursError, Problem, CodingError, Base64Error):
        return None
    return blocks


def _interaction(layout: Layout, scalars: Sequence[str], line: int) -> Interaction:
    """Read a block. Raises NotOursError, Problem, CodingError or Base64Error if the strict reader may refuse it."""
    origin, target = origin_and_target(_text(scalars[layout.uri]), line)
    recorded_at = _text(scalars[layout.recorded_at])
    if not RECORDED_AT.fullmatch(recorded_at):
        raise NotOursError
    asked = Headers(tuple([(name, _value(scalars[number])) for name, number in layout.request_fields]))
    answered = Headers(tuple([(name, _value(scalars[number])) for name, number in layout.response_fields]))
    reason = _value(scalars[layout.reason]).decode("latin-1") if layout.reason >= 0 else ""
    headers, body = replayable(layout.method, layout.status, answered, _body(layout, scalars, layout.response_body))
    return Interaction(
        origin,
        Request(layout.method, target, asked, _body(layout, scalars, layout.request_body)),
        Response(layout.status, reason, headers, body, "cassette"),
        recorded_at,
        _filled(layout.about, scalars),  # type: ignore[arg-type]  # a map: the strict reader has seen it
        line,
    )


def _head(layout: Layout, scalars: Sequence[str], line: int, size: int) -> RecordedHead:
    """Return the head of a block, and check everything that `_interaction` checks. Nothing else is made."""
    if layout.brief is None or "eyJ" in scalars[layout.response_body]:
        return RecordedHead.of(_interaction(layout, scalars, line), size)
    for number in layout.values:
        if scalars[number][0] == '"':
            _value(scalars[number])
    for number in layout.numbers:
        _number(scalars[number])
    return RecordedHead.of(_interaction(layout.brief, scalars, line), size)


def _text(scalar: str) -> str:
    if scalar[0] == "'":
        text = scalar[1:-1]
        return text.replace("''", "'") if "'" in text else text
    if "\\U" in scalar:
        scalar = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[0], scalar)
    return str(scanstring(scalar, 1)[0])


def _value(scalar: str) -> bytes:
    text = _text(scalar)
    if scalar[0] == '"' and NOT_IN_A_VALUE.search(text):
        raise NotOursError
    return wire(text)


def _number(scalar: str) -> int:
    if scalar[1] != NUMBER:
        raise NotOursError
    return int(scalar[2:-1])


def _body(layout: Layout, scalars: Sequence[str], number: int) -> bytes:
    if number < 0:
        return b""
    text = _text(scalars[number])
    return a2b_base64("".join(text.split()), strict_mode=True) if number in layout.binary else text.encode()


def _filled(notes: object, scalars: Sequence[str]) -> object:
    """Put the scalars into their places."""
    if isinstance(notes, Slot):
        scalar = scalars[notes.number]
        return _number(scalar) if notes.is_number else _text(scalar)
    if isinstance(notes, dict):
        return {name: _filled(entry, scalars) for name, entry in notes.items()}
    return [_filled(entry, scalars) for entry in notes] if isinstance(notes, list) else notes
