"""A call and its answer as a page shows them, line by line, with the place of a finding marked and decoded."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gateway.core.decoded import NO_LINES, BrokenLines, decoded, readable
from gateway.core.marks import Marks, marks_of
from gateway.core.model import Headers, Request
from gateway.core.text import shortened
from gateway.reports.model import Audited, Group


class Line(Struct, frozen=True):
    """One line of an exchange as it is shown."""

    name: str
    value: str
    marked: bool
    missing: bool = False
    says: BrokenLines = NO_LINES
    """The decoded value, if it is marked."""


class Piece(Struct, frozen=True):
    """A part of a request target."""

    text: str
    marked: bool = False
    missing: bool = False


class ExchangeLines(Struct, frozen=True):
    """A call and its answer as lines, with the place of a finding marked."""

    audited: Audited
    marks: Marks
    target: tuple[Piece, ...]
    request: tuple[Line, ...]
    sent: BrokenLines
    """The request's body, if the finding is about it."""
    status: str
    response: tuple[Line, ...]
    answered: BrokenLines
    """The answer's body, if the finding is about it."""

    @property
    def first_line_marked(self) -> bool:
        """Whether a part of the request line is marked."""
        return self.marks.method or self.marks.origin or any(piece.marked for piece in self.target)


def exchange(group: Group) -> ExchangeLines:
    """Return the first exchange with a finding, as it is shown."""
    audited = group.seen[0]
    request, response = audited.request, audited.response
    marks = marks_of(group.reported.finding, request, response)
    return ExchangeLines(
        audited=audited,
        marks=marks,
        target=tuple(_pieces(request, marks)),
        request=tuple(_lines(request.headers, Marks() if marks.answer else marks)),
        sent=readable(request.body) if marks.body and not marks.answer else NO_LINES,
        status=f"{response.status} {response.reason}".strip(),
        response=tuple(_lines(response.headers, marks if marks.answer else Marks())),
        answered=readable(response.body) if marks.body and marks.answer else NO_LINES,
    )


def _lines(headers: Headers, marks: Marks) -> Iterator[Line]:
    for name, value in headers.items():
        marked = name.lower() == marks.header
        yield Line(name, shortened(value), marked=marked, says=decoded(value) if marked else NO_LINES)
    if marks.missing and marks.header:
        yield Line(marks.missing, "", marked=True, missing=True)


def _pieces(request: Request, marks: Marks) -> Iterator[Piece]:
    """Yield the target in pieces, so that a segment or a parameter can be marked."""
    if marks.segment:
        for number, segment in enumerate(request.path.split("/")):
            yield Piece("/" if number else "")
            yield Piece(shortened(segment), marked=number == marks.segment)
    else:
        yield Piece(shortened(request.path), marked=marks.path)
    for number, pair in enumerate(request.query.split("&") if request.query else ()):
        yield Piece("&" if number else "?", marked=marks.query)
        yield Piece(shortened(pair), marked=marks.query or pair.partition("=")[0] == marks.parameter)
    if marks.missing and marks.parameter:
        yield Piece(f"{'&' if request.query else '?'}{marks.missing}=", marked=True, missing=True)
