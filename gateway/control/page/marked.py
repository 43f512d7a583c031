"""The messages of an exchange, line by line. Each line has the ids of its findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from msgspec import Struct

from gateway.control.model import AnswerShown, ExchangeDetail, FindingPlaced, LegShown, Pair, RequestShown
from gateway.core.decoded import NO_LINES, BrokenLines, decoded, readable
from gateway.core.marks import Marks
from gateway.core.text import shortened

Found = tuple[str, ...]
"""The ids of findings."""


class MarkedPiece(Struct, frozen=True):
    """A part of a line."""

    text: str
    found: Found = ()


class MarkedField(Struct, frozen=True):
    """A header field."""

    name: str
    value: str
    found: Found = ()
    missing: bool = False
    says: BrokenLines = NO_LINES
    """Its decoded value, if it has a finding."""


class MarkedRequest(Struct, frozen=True):
    """A request line by line."""

    method: MarkedPiece
    target: list[MarkedPiece]
    headers: list[MarkedField]
    body: BrokenLines
    body_found: Found = ()


class MarkedAnswer(Struct, frozen=True):
    """An answer line by line."""

    status: MarkedPiece
    headers: list[MarkedField]
    body: BrokenLines
    body_found: Found = ()


class MarkedLeg(Struct, frozen=True):
    """A leg, line by line."""

    leg: LegShown
    request: MarkedRequest
    answer: MarkedAnswer


class MarkedExchange(Struct, frozen=True):
    """An exchange, line by line. `time` has the findings about its time."""

    request: MarkedRequest
    answer: MarkedAnswer
    legs: list[MarkedLeg]
    time: Found


def marked(detail: ExchangeDetail) -> MarkedExchange:
    """Return an exchange, line by line. Findings are marked in the app's request and answer; legs have no marks."""
    return MarkedExchange(
        _request(detail.request, [entry for entry in detail.findings if not entry.marks.answer]),
        _answer(detail.response, [entry for entry in detail.findings if entry.marks.answer]),
        [MarkedLeg(leg, _request(leg.request, ()), _answer(leg.response, ())) for leg in detail.legs],
        _about(detail.findings, lambda marks: marks.time),
    )


def _request(shown: RequestShown, findings: Sequence[FindingPlaced]) -> MarkedRequest:
    return MarkedRequest(
        MarkedPiece(shown.method, _about(findings, lambda marks: marks.method or marks.origin)),
        _target(shown.target, findings),
        _fields(shown.headers, findings),
        readable(shown.body.encode()),
        _about(findings, lambda marks: marks.body),
    )


def _answer(shown: AnswerShown, findings: Sequence[FindingPlaced]) -> MarkedAnswer:
    return MarkedAnswer(
        MarkedPiece(f"{shown.status} {shown.reason}".strip(), _about(findings, lambda marks: marks.status)),
        _fields(shown.headers, findings),
        readable(shown.body.encode()),
        _about(findings, lambda marks: marks.body),
    )


def _target(target: str, findings: Sequence[FindingPlaced]) -> list[MarkedPiece]:
    """Return a target in pieces: the segments of its path, and its parameters."""
    path, _, query = target.partition("?")
    pieces = [
        MarkedPiece(
            shortened(f"/{text}" if number else text),
            _about(findings, lambda marks, number=number: marks.path or (marks.segment == number and number > 0)),  # type: ignore[misc]  # bound now
        )
        for number, text in enumerate(path.split("/"))
        if number or text
    ]
    for number, pair in enumerate(query.split("&") if query else ()):
        name = pair.partition("=")[0]
        found = _about(findings, lambda marks, name=name: marks.query or (bool(name) and marks.parameter == name))  # type: ignore[misc]  # bound now
        pieces.append(MarkedPiece(shortened(f"{'&' if number else '?'}{pair}"), found))
    missing = {entry.marks.missing for entry in findings if entry.marks.parameter and entry.marks.missing}
    for name in sorted(missing):
        found = _about(findings, lambda marks, name=name: marks.missing == name and bool(marks.parameter))  # type: ignore[misc]  # bound now
        pieces.append(MarkedPiece(f" {name}: missing", found))
    return _joined(pieces)


def _joined(pieces: Sequence[MarkedPiece]) -> list[MarkedPiece]:
    """Return pieces, with neighbours joined if they have the same findings."""
    return [
        MarkedPiece("".join(piece.text for piece in same), found)
        for found, same in groupby(pieces, lambda piece: piece.found)
    ]


def _fields(headers: Sequence[Pair], findings: Sequence[FindingPlaced]) -> list[MarkedField]:
    lines = []
    for name, value in headers:
        found = _about(findings, lambda marks, name=name: marks.header == name.lower())  # type: ignore[misc]  # bound now
        lines.append(MarkedField(name, shortened(value), found, says=decoded(value) if found else NO_LINES))
    missing = {entry.marks.missing for entry in findings if entry.marks.header and entry.marks.missing}
    for name in sorted(missing):
        found = _about(findings, lambda marks, name=name: marks.missing == name)  # type: ignore[misc]  # bound now
        lines.append(MarkedField(name, "", found, missing=True))
    return lines


def _about(findings: Sequence[FindingPlaced], is_about: Callable[[Marks], bool]) -> Found:
    return tuple(dict.fromkeys(entry.finding.id for entry in findings if is_about(entry.marks)))
