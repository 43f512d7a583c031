"""Finds the place of a finding in an exchange, so that a page can mark it.

Facts
-----
* A check names its place: `header X-Device-Info`, `header X-Device-Info, osName`, `query redirectUrl`, `path segment 3`, `method`,
  `status`, `body logouts "Dish"`, `time`, `origin`. A named field or parameter that the exchange does not have is missing.
* If the check judges answers, a body or a header belongs to the answer. Otherwise it belongs to the request.
"""

from __future__ import annotations

import re

from msgspec import Struct

from gateway.core.model import Finding, Headers, Request, Response

ANSWERS = "RESP"
"""The family of the checks that judge an answer."""

_SEGMENT = re.compile(r"path segment (\d+)")
_NAME = re.compile(r"(header|query|parameter) ([^\s,]+)")


class Marks(Struct, frozen=True):
    """The text to mark."""

    time: bool = False
    origin: bool = False
    method: bool = False
    path: bool = False
    segment: int = 0
    """The number of a segment of the path, from 1."""
    query: bool = False
    """The query as a whole."""
    parameter: str = ""
    header: str = ""
    """A header field, in lower case. If `answer` is true, it belongs to the answer."""
    missing: str = ""
    """A header field or a parameter that is not there."""
    answer: bool = False
    status: bool = False
    body: bool = False


_PLACES = {
    "time": Marks(time=True),
    "origin": Marks(origin=True),
    "method": Marks(method=True),
    "path": Marks(path=True),
    "query": Marks(query=True),
    "status": Marks(answer=True, status=True),
}


def marks_of(finding: Finding, request: Request, response: Response) -> Marks:
    """Find the place that `where` names."""
    where = finding.where
    answer = finding.id.startswith(ANSWERS) or where == "status"
    if where == "device identifier":
        where = "header AP-Device-Identifier" if "AP-Device-Identifier" in request.headers else "parameter deviceId"
    if named := _NAME.match(where):
        kind, name = named.groups()
        return _header(name, response.headers, answer=True) if answer else _named(kind, name, request)
    if segment := _SEGMENT.fullmatch(where):
        return Marks(segment=int(segment[1]))
    if where.startswith("body"):
        return Marks(answer=answer, body=True)
    return _PLACES.get(where, Marks(answer=answer))


def _named(kind: str, name: str, request: Request) -> Marks:
    if kind == "header":
        return _header(name, request.headers, answer=False)
    if any(pair.partition("=")[0] == name for pair in request.query.split("&")):
        return Marks(parameter=name)
    return Marks(body=True) if request.body else Marks(parameter=name, missing=name)


def _header(name: str, headers: Headers, *, answer: bool) -> Marks:
    return Marks(header=name.lower(), missing="" if name in headers else name, answer=answer)
