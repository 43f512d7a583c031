"""Answers in the form of the API's edge: the status line, the fields of every answer, and readable JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import formatdate
from html import escape
from urllib.parse import quote

from gateway.emulator.model import Answer, Call, octets

# The page's samples have no blank before the parameter.
JSON = "application/json;charset=UTF-8"
XML = "application/xml;charset=UTF-8"
HTML = "text/html;charset=UTF-8"

REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    412: "Precondition Failed",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
}
_OF_A_URL = "!#$%&'()*+,/:;=?@[]~"
"""Characters that stay unescaped in a Location, apart from letters, digits and `-._`."""


def answer_with(call: Call, status: int, content: str, body: bytes, *more: tuple[str, str]) -> Answer:
    """Return an answer with a body of the media type `content`, and `more` header fields after the usual ones."""
    usual = (("Date", http_date(call.now)), ("Content-Type", content), ("Content-Length", str(len(body))))
    return Answer(status, REASONS[status], (*usual, ("Server", "openresty"), *more), body)


def json_answer(call: Call, status: int, document: Mapping[str, object], *more: tuple[str, str]) -> Answer:
    """Return `document` as JSON, with the page's indentation. Characters beyond ASCII are escaped."""
    return answer_with(call, status, JSON, json.dumps(document, indent=4).encode() + b"\n", *more)


def html_answer(call: Call, status: int, title: str, content: str) -> Answer:
    """Return a page for a browser. `content` is HTML."""
    page = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        f"<body>\n<h1>{escape(title)}</h1>\n{content}\n</body>\n</html>\n"
    )
    return answer_with(call, status, HTML, page.encode("utf-8", "backslashreplace"), ("Cache-Control", "no-store"))


def no_content(call: Call) -> Answer:
    """Return 204, which has neither a body nor a Content-Length (RFC 9110 sections 8.6 and 15.3.5)."""
    return Answer(204, REASONS[204], (("Date", http_date(call.now)), ("Server", "openresty")))


def redirect(call: Call, url: str) -> Answer:
    """Redirect a browser. Characters of `url` that a Location cannot have are escaped."""
    location = quote(octets(url), safe=_OF_A_URL)
    usual = (("Date", http_date(call.now)), ("Content-Length", "0"), ("Location", location), ("Server", "openresty"))
    return Answer(302, REASONS[302], (*usual, ("Cache-Control", "no-store")))


def http_date(now: float) -> str:
    """Return `now` as an IMF-fixdate (RFC 9110 section 5.6.7)."""
    return formatdate(now, usegmt=True)


def milliseconds(at: float) -> int:
    """Return a time in the API's form: milliseconds since the epoch."""
    return int(at * 1000)
