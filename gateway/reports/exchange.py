"""A call and its answer as a page shows them, line by line, with the place of a finding marked and decoded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote

from msgspec import Struct

from gateway.core.marks import Marks, marks_of
from gateway.core.model import Headers, Request
from gateway.core.secrets.pseudonyms import unb64
from gateway.core.text import printable
from gateway.core.times import date_of
from gateway.reports.model import Audited, Group

LONGEST_VALUE = 2000
"""Characters of a header value, or of an answer's body."""

SHORTEST_BASE64 = 16
"""Characters: a shorter value that is Base64 is so by chance."""

_DATE = re.compile(r'(?<=^  )"(?:exp|nbf|iat)": (\d{1,12})\b,?', re.MULTILINE)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]*+\.(eyJ[\w-]*+)\.")


class BrokenLines(str):
    """A text whose line breaks are to be seen; everything else in it is printable."""

    __slots__ = ()


NO_LINES = BrokenLines()


class Line(Struct, frozen=True):
    """One line of an exchange as it is shown."""

    name: str
    value: str
    marked: bool
    missing: bool = False
    says: BrokenLines = NO_LINES
    """What it decodes to, where it is marked."""


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
    """The request's body, where the finding is about it."""
    status: str
    response: tuple[Line, ...]
    answered: BrokenLines
    """The answer's body, where the finding is about it."""

    @property
    def first_line_marked(self) -> bool:
        """Whether something of the request line is marked."""
        return self.marks.method or self.marks.origin or any(piece.marked for piece in self.target)


def exchange(group: Group) -> ExchangeLines:
    """Return the first exchange in which something was found, as it is shown."""
    audited = group.seen[0]
    request, response = audited.request, audited.response
    marks = marks_of(group.reported.finding, request, response)
    return ExchangeLines(
        audited=audited,
        marks=marks,
        target=tuple(_pieces(request, marks)),
        request=tuple(_lines(request.headers, Marks() if marks.answer else marks)),
        sent=_body(request.body) if marks.body and not marks.answer else NO_LINES,
        status=f"{response.status} {response.reason}".strip(),
        response=tuple(_lines(response.headers, marks if marks.answer else Marks())),
        answered=_body(response.body) if marks.body and marks.answer else NO_LINES,
    )


def _lines(headers: Headers, marks: Marks) -> Iterator[Line]:
    for name, value in headers.items():
        marked = name.lower() == marks.header
        yield Line(name, _cut(value), marked=marked, says=_says(value) if marked else NO_LINES)
    if marks.missing and marks.header:
        yield Line(marks.missing, "", marked=True, missing=True)


def _pieces(request: Request, marks: Marks) -> Iterator[Piece]:
    """Yield the target in pieces, so that a segment or a parameter can be marked."""
    if marks.segment:
        for number, segment in enumerate(request.path.split("/")):
            yield Piece("/" if number else "")
            yield Piece(_cut(segment), marked=number == marks.segment)
    else:
        yield Piece(_cut(request.path), marked=marks.path)
    for number, pair in enumerate(request.query.split("&") if request.query else ()):
        yield Piece("&" if number else "?", marked=marks.query)
        yield Piece(_cut(pair), marked=marks.query or pair.partition("=")[0] == marks.parameter)
    if marks.missing and marks.parameter:
        yield Piece(f"{'&' if request.query else '?'}{marks.missing}=", marked=True, missing=True)


def _body(body: object) -> BrokenLines:
    if not isinstance(body, bytes):
        return NO_LINES
    text = body.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return BrokenLines("\n".join(map(printable, _cut(text).splitlines())))


def _says(value: str) -> BrokenLines:
    """Return what a header value says to whoever decodes it: the claims of a JWT, or the text inside Base64."""
    if jwt := _JWT.search(value):
        return BrokenLines(_DATE.sub(lambda date: f"{date[0]}  ({date_of(float(date[1]))})", _body(unb64(jwt[1]))))
    encoded = unquote(value.removeprefix("fingerprint ").strip())
    decoded = unb64(encoded) if len(encoded) >= SHORTEST_BASE64 else b""
    text = decoded.decode("utf-8", "replace")
    return _body(decoded) if text and "\ufffd" not in text else NO_LINES


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"
