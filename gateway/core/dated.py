"""Compares answers without their Date (RFC 9110 section 6.6.1): a second later, an upstream's same answer has another Date."""

from __future__ import annotations

import re

from msgspec.structs import replace

from gateway.core.model import Headers, Response

DATE = b"date"
_USUAL = re.compile(rb"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
"""IMF-fixdate, the form of dates that a sender must use (RFC 9110 section 5.6.7)."""


def only_date_differs(one: Response, other: Response) -> bool:
    """Return whether two answers with whole bodies differ only in their one Date."""
    fields, others = one.headers.raw, other.headers.raw
    if one.status != other.status or one.body != other.body or len(fields) != len(others):
        return False
    if one.reason != other.reason or one.source != other.source or one.notes or other.notes:
        return False
    if one.damage is not None or other.damage is not None or not isinstance(one.body, bytes):
        return False
    dates = 0
    for field, another in zip(fields, others, strict=True):
        if field[0].lower() == DATE and field[0] == another[0]:
            dates += 1
        elif field != another:
            return False
    return dates == 1


def with_date_of(answer: Response, reply: Response) -> Response:
    """Return the reply with the Date of the answer that it was made from. The answer must have a Date."""
    date = answer.headers.get("Date").encode("latin-1")
    fields = tuple([(name, date if name.lower() == DATE else value) for name, value in reply.headers.raw])
    return replace(reply, headers=Headers(fields))


def undated(headers: Headers) -> tuple[Headers, str]:
    """Return the fields with an empty Date, and the Date.

    If there is no Date, or several, or one in an unusual form, return the same fields and an empty text.
    """
    dates = [value for name, value in headers.raw if name.lower() == DATE]
    if len(dates) != 1 or not _USUAL.fullmatch(dates[0]):
        return headers, ""
    fields = tuple([(name, b"" if name.lower() == DATE else value) for name, value in headers.raw])
    return Headers(fields), dates[0].decode("ascii")
