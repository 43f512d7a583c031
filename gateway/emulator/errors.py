"""Errors in the forms of the APIs: v2's enhanced form, v1's status and message, the word of client registration, a page for a browser."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from html import escape
from typing import Literal, TypeAlias

from gateway.emulator.answers import REASONS, XML, answer_with, html_answer, json_answer
from gateway.emulator.codes import V1, V2, Code
from gateway.emulator.model import Answer, Call

HELP = (
    "https://experienceleague.adobe.com/docs/pass/authentication/auth-features/error-reportn/enhanced-error-codes.html"
)
"""The helpUrl of every sample in the documentation."""

Dialect: TypeAlias = Literal["v2", "v1", "dcr", "html"]

_OWN = {405: "method_not_allowed", 501: "not_emulated"}
"""The emulator's own codes. v2's table has no code for an unknown path or method."""


def dialect_of(path: str) -> Dialect:
    """Return the form of errors in a path's API."""
    if path.startswith("/o/client/"):
        return "dcr"
    if (
        path.startswith(("/api/v2/authenticate/", "/adobe-services/"))
        or path.partition(".")[0] == "/api/v1/authenticate"
    ):
        return "html"
    return "v1" if path.startswith(("/api/v1/", "/reggie/v1/")) else "v2"


def enhanced(call: Call, code: str, known: Code | None = None, details: str = "", status: int = 0) -> dict[str, object]:
    """Return the flat object of the enhanced-error-codes page. `trace` is a UUID that is made from the call."""
    said = known or V2[code]
    trace = str(uuid.UUID(bytes=call.digest[:16], version=5))
    error: dict[str, object] = {
        "action": said.action,
        "status": status or said.status,
        "code": code,
        "message": said.message,
    }
    return {**error, **({"details": details} if details else {}), "helpUrl": HELP, "trace": trace}


def enhanced_error(call: Call, code: str) -> Answer:
    """Answer a call of v2 with one of its codes."""
    return json_answer(call, V2[code].status, enhanced(call, code))


def v1_error(call: Call, status: int, message: str = "", details: str = "") -> Answer:
    """Return v1's error as JSON or XML, as the call asks for. Both have the same elements (rest-api-reference page)."""
    error: dict[str, object] = {"status": status, "message": message or REASONS[status]}
    return v1_answer(call, status, "error", {**error, **({"details": details} if details else {})})


def v1_enhanced_error(call: Call, code: str, status: int = 0) -> Answer:
    """Answer a call of v1 with one of its codes. Adobe does this for customers for whom it has enabled them."""
    return v1_answer(call, status or V1[code].status, "error", enhanced(call, code, V1[code], status=status))


def v1_answer(call: Call, status: int, root: str, document: Mapping[str, object]) -> Answer:
    """Return a document of v1 as JSON, or as XML with the element `root`."""
    if not _wants_xml(call):
        return json_answer(call, status, document)
    text = "".join(_elements(document))
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    body = f"{declaration}\n<{root}>{text}</{root.partition(' ')[0]}>\n"
    return answer_with(call, status, XML, body.encode("utf-8", "xmlcharrefreplace"))


def registration_error(call: Call, error: str) -> Answer:
    """Return an error of /o/client: RFC 6749's error object with one word (section 5.2)."""
    return json_answer(call, 400, {"error": error})


def page_error(call: Call, status: int, sentence: str) -> Answer:
    """Return an error page for a person in a browser."""
    return html_answer(call, status, REASONS[status], f"<p>{escape(sentence)}</p>")


def plain_error(call: Call, status: int, sentence: str, *more: tuple[str, str]) -> Answer:
    """Answer an error without a documented code, in the form of the call's API."""
    dialect = dialect_of(call.path)
    if dialect == "html":
        answer = page_error(call, status, sentence)
    elif dialect == "v1":
        answer = v1_error(call, status, details=sentence)
    elif dialect == "dcr":
        answer = json_answer(call, status, {"error": "invalid_request", "error_description": sentence})
    else:
        answer = json_answer(call, status, enhanced(call, _OWN[status], Code("none", (status,), sentence)))
    return Answer(answer.status, answer.reason, (*answer.headers, *more), answer.body)


def _elements(document: Mapping[str, object]) -> Iterable[str]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield f"<{name}>{''.join(_elements(value))}</{name}>"
        elif isinstance(value, list):
            single = name.removesuffix("s")
            entries = (each if isinstance(each, Mapping) else {"": each} for each in value)
            yield "".join(f"<{single}>{_inside(each)}</{single}>" for each in entries)
        elif value is not None:
            yield f"<{name}>{_text(value)}</{name}>"


def _inside(entry: Mapping[str, object]) -> str:
    return _text(entry[""]) if "" in entry else "".join(_elements(entry))


def _text(value: object) -> str:
    """Return a value as XML text: booleans in small letters, and no character that XML 1.0 forbids (section 2.2)."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(
        "".join(each for each in text if each in "\t\n\r" or (each >= " " and not "\ud800" <= each <= "\udfff"))
    )


def _wants_xml(call: Call) -> bool:
    """Return whether a call of v1 asks for XML. It has three ways to ask; the page names neither their order nor the default."""
    for suffix in (".json", ".xml"):
        if call.path.endswith(suffix):
            return suffix == ".xml"
    asked = call.query.get("format", "").lower()
    if asked in {"json", "xml"}:
        return asked == "xml"
    accept = call.header("Accept").lower()
    return "xml" in accept and "json" not in accept
