"""The layout of a block is the text between its scalars. The strict reader finds the meaning of the scalars once for each layout.

Facts
-----
* The strict reader gets a layout with a mark in place of each scalar. The place where a mark comes out, whole and once, is the meaning of
  its scalar. If a mark does not come out, the layout is not in our own form.
* If one quoted scalar on one line replaces another, nothing around it changes. So the meaning of a layout depends on its text alone.
* If each line of a block except the first is indented, the next line after it begins a new entry of the list. So the block ends there.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gateway.cassettes.errors import Problem
from gateway.cassettes.format import HEAD
from gateway.cassettes.parsing import strictly
from gateway.cassettes.strict import UNREADABLE
from gateway.core.bounded import remembered
from gateway.core.model import Headers, Interaction

LONGEST = 8192
"""Length of the longest layout that is remembered, in characters."""
_SLOT = "\0"
"""Stands for a scalar in a layout's text."""
_ESCAPE = r"\\(?:[\"\\/bfnrt]|u(?:[0-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2})|U00(?:0[1-9A-F]|10)[0-9A-F]{4})"
_SCALAR = re.compile(rf"""('[^']*+(?:''[^']*+)*+(?:'|\Z)|"[^"\\]*+(?:{_ESCAPE}[^"\\]*+)*+(?:"|[\s\S]*+))""")
"""A scalar as `dump` writes it. A scalar without an end takes the rest of the block, and no layout ends with a scalar."""
_NUMBER = "elapsed_ms: "
"""The text before the one number that differs between most blocks."""
_DIGITS = re.compile(r"(?:0|[1-9][0-9]{0,8}+)(?=[,}])")
NUMBER = "\1"
"""Marks such a number, so that it is read as a scalar. It also begins the text of a layout with such a number. Cassettes of our form do
not contain this character."""
_INDENTED = re.compile(r"- request:\n(?:  [^\n]*+\n)++")
_MISTAKABLE = re.compile(r"#|m[0-9]+m|[0-9]{10}|0[xob]")
"""Texts that a layout must not have: a comment, which would hide a mark, and a text that could be taken for a mark."""
_MARK = re.compile(r"m([0-9]+)m")
_ORIGIN = "x://x"
_URI = "\n    uri: "
_BINARY = "!!binary "
_NUMBERS = 1_000_000_000
"""For a number, the mark is this value plus the scalar's place."""
_CODED = frozenset({b"content-encoding", b"transfer-encoding"})

Fields = tuple[tuple[bytes, int], ...]


class Slot(Struct, frozen=True):
    """The place of a scalar among the notes."""

    number: int
    is_number: bool = False
    """Whether the scalar is a number without quotes."""


class Layout(Struct, frozen=True):
    """The meaning of a block's scalars, by their numbers; -1 for a missing one."""

    lines: int
    method: str
    status: int
    uri: int
    request_fields: Fields
    request_body: int
    reason: int
    response_fields: Fields
    response_body: int
    binary: frozenset[int]
    """The bodies that are Base64."""
    recorded_at: int
    about: object
    """The notes, with a `Slot` for each scalar."""
    values: tuple[int, ...] = ()
    """The header values, and the reason."""
    numbers: tuple[int, ...] = ()
    brief: Layout | None = None
    """The layout with only the scalars that identify an interaction. None if all scalars are needed."""


def split(block: bytes) -> tuple[str, list[str]]:
    """Split a block, which is ASCII, into the text of its layout and its scalars as they are written."""
    text, mark = block.decode("ascii"), ""
    begin = text.rfind(_NUMBER) + len(_NUMBER)
    if digits := _DIGITS.match(text, begin):
        text, mark = f"{text[:begin]}'{NUMBER}{digits[0]}'{text[digits.end() :]}", NUMBER
    parts = _SCALAR.split(text)
    return mark + _SLOT.join(parts[::2]), parts[1::2]


@remembered(limit=8 << 20, longest=LONGEST)
def layout_of(text: str) -> Layout | None:
    """Return the meaning of a layout's scalars to the strict reader. None if a scalar has no meaning, or not one of its own."""
    numbers = text.count(NUMBER, 0, 1)
    text = text[numbers:]
    if _MISTAKABLE.search(text) or not _INDENTED.fullmatch(text):
        return None
    *before, last = text.split(_SLOT)
    marked = "".join([piece + _mark(piece, number) for number, piece in enumerate(before)]) + last
    try:
        read = strictly(HEAD.decode() + marked)
    except (Problem, *UNREADABLE):
        return None
    if len(read) != 1 or read[0].origin != _ORIGIN:
        return None
    binary = frozenset(number for number, piece in enumerate(before) if piece.endswith(_BINARY))
    layout = _meaning(read[0], text.count("\n"), binary)
    whole = sorted(_used(layout)) == [*range(len(before))] and len(layout.numbers) == numbers
    return layout if whole and _is_ours(layout, read[0]) else None


def _mark(before: str, number: int) -> str:
    """Return the mark for a scalar. Its kind depends on the scalar's place."""
    mark = f"m{number}m"
    if before.endswith(_NUMBER):
        return f"{_NUMBERS + number}"
    if before.endswith(_URI):
        return f"'{_ORIGIN}/{mark}'"
    return f"'{b64encode(mark.encode()).decode()}'" if before.endswith(_BINARY) else f"'{mark}'"


def _meaning(read: Interaction, lines: int, binary: frozenset[int]) -> Layout:
    request, response, about = read.request, read.response, dict(read.about)
    request_fields, response_fields = _fields(request.headers), _fields(response.headers)
    reason = _number(response.reason)
    layout = Layout(
        lines=lines,
        method=request.method,
        status=response.status,
        uri=_number(request.target.removeprefix("/")),
        request_fields=request_fields,
        request_body=_number(request.body),
        reason=reason,
        response_fields=response_fields,
        response_body=_number(response.body),
        binary=binary,
        recorded_at=_number(read.recorded_at),
        about=_notes(about),
        values=tuple(number for _, number in (*request_fields, *response_fields) if number >= 0)
        + (reason,) * (reason >= 0),
    )
    layout = replace(layout, numbers=tuple(slot.number for slot in _slots(layout.about) if slot.is_number))
    identifier = tuple(field for field in request_fields if field[0].lower() == b"ap-device-identifier")
    if binary or not identifier or any(name.lower() in _CODED for name, _ in response_fields):
        return layout
    notes = {name: _notes(about[name]) for name in ("source", "redaction") if name in about}
    brief = replace(
        layout, request_fields=identifier, response_fields=(), request_body=-1, response_body=-1, reason=-1, about=notes
    )
    return replace(layout, brief=brief)


def _number(text: object) -> int:
    """Return the number of the scalar whose mark is this text. -1 for any other text."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    mark = _MARK.fullmatch(text) if isinstance(text, str) else None
    return int(mark[1]) if mark else -1


def _fields(headers: Headers) -> Fields:
    return tuple([(name, _number(value)) for name, value in headers.raw])


def _notes(value: object) -> object:
    if isinstance(value, dict):
        return {name: _notes(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_notes(entry) for entry in value]
    if type(value) is int and value >= _NUMBERS:
        return Slot(value - _NUMBERS, is_number=True)
    number = _number(value) if isinstance(value, str) else -1
    return value if number < 0 else Slot(number)


def _slots(notes: object) -> Iterator[Slot]:
    if isinstance(notes, Slot):
        yield notes
    elif isinstance(notes, dict | list):
        for entry in notes.values() if isinstance(notes, dict) else notes:
            yield from _slots(entry)


def _used(layout: Layout) -> list[int]:
    """Return the numbers of the scalars that mean something."""
    places = [layout.uri, layout.request_body, layout.response_body, layout.recorded_at, *layout.values]
    return [number for number in places if number >= 0] + [slot.number for slot in _slots(layout.about)]


def _is_ours(layout: Layout, read: Interaction) -> bool:
    """Whether only notes, a method and a status are without quotes, and only bodies are Base64."""
    needed: Sequence[int] = [
        layout.uri,
        layout.recorded_at,
        *[number for _, number in layout.request_fields + layout.response_fields],
    ]
    bodies = ((layout.request_body, read.request.body), (layout.response_body, read.response.body))
    constant = [text for number, text in (*bodies, (layout.reason, read.response.reason)) if number < 0]
    return min(needed) >= 0 and not any(constant) and layout.binary <= {number for number, _ in bodies}
