"""Answers as the API's edge writes them: status line, the fields that every answer has, and a JSON that people can read."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import TYPE_CHECKING

from gateway.emulator.model import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.emulator.model import Call

# As the page's samples spell it, without a blank before the parameter.
JSON = "application/json;charset=UTF-8"
XML = "application/xml;charset=UTF-8"

REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


def answer_with(call: Call, status: int, content: str, body: bytes, *more: tuple[str, str]) -> Answer:
    """Return an answer with a body of the media type `content`, and `more` header fields after the usual ones."""
    usual = (("Date", http_date(call.now)), ("Content-Type", content), ("Content-Length", str(len(body))))
    return Answer(status, REASONS[status], (*usual, ("Server", "openresty"), *more), body)


def json_answer(call: Call, status: int, document: Mapping[str, object], *more: tuple[str, str]) -> Answer:
    """Return `document` as JSON, indented as the page prints it; text beyond ASCII is escaped."""
    return answer_with(call, status, JSON, json.dumps(document, indent=4).encode() + b"\n", *more)


def no_content(call: Call) -> Answer:
    """Return 204, which has neither a body nor a Content-Length (RFC 9110 sections 8.6 and 15.3.5)."""
    return Answer(204, REASONS[204], (("Date", http_date(call.now)), ("Server", "openresty")))


def http_date(now: float) -> str:
    """Return `now` as an IMF-fixdate (RFC 9110 section 5.6.7)."""
    return formatdate(now, usegmt=True)
