"""Errors in the form of REST API v1: status, message and perhaps details. The request chooses JSON or XML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import unquote_plus

from gateway.core.adobe.v1_logout import MOST_PAIRS
from gateway.core.adobe.v2_logout import LogoutOutcome, how_long_to_wait, message_of
from gateway.core.errors import REASONS
from gateway.core.model import Headers, Request, Response

_REASONS = REASONS | {403: "Forbidden", 429: "Too Many Requests"}
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|\ufffe|\uffff")
"""Characters that XML 1.0 cannot express, not even escaped. As one character class they would take 3 ms to compile."""


def v1_error(
    request: Request, status: int, message: str = "", details: str = "", *fields: tuple[str, str], **more: object
) -> Response:
    """Return v1's error (rest-api-reference page). `fields` are further header fields, `more` are further members of the JSON."""
    error: dict[str, object] = {"status": status, "message": message or _REASONS.get(status, "Error")}
    if details:
        error["details"] = details
    if wants_xml(request):
        kind = "application/xml"
        body = xml_error(error)
    else:
        kind = "application/json"
        body = json.dumps(error | more).encode() + b"\n"
    headers = Headers.of(
        (("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *fields)
    )
    return Response(status, _REASONS.get(status, ""), headers, body)


def failure(request: Request, outcomes: Sequence[LogoutOutcome], more: Mapping[str, object]) -> Response:
    """Return an error that lists failed and successful logouts, with the worst status. `more` are further members of the JSON.

    If the only outcome is the gateway's own error, such as a replay's miss, this error is returned unchanged.
    """
    failures = [outcome for outcome in outcomes if outcome.problem]
    worst = max(failures, key=lambda outcome: outcome.status)
    if len(outcomes) == 1 and "X-Gateway-Error" in worst.answer.headers:
        return worst.answer
    done = [outcome.what for outcome in outcomes if not outcome.problem]
    said = [f"{failed.what}: {failed.problem}" for failed in failures]
    said += [f"logged out: {', '.join(done)}"] if done else []
    wait = how_long_to_wait(worst.answer)
    return v1_error(request, worst.status, message_of(worst.answer), "; ".join(said), *wait, **more)


def wants_xml(request: Request) -> bool:
    """Read v1's three ways to ask for XML. The one nearest to the resource wins. The page names neither the winner nor the default."""
    for suffix in (".json", ".xml"):
        if request.path.endswith(suffix):
            return suffix == ".xml"
    pairs = (pair.partition("=") for pair in request.query.split("&", MOST_PAIRS))
    asked = next((unquote_plus(value[:16]).lower() for name, _, value in pairs if name == "format"), "")
    if asked in {"json", "xml"}:
        return asked == "xml"
    accept = request.headers.get("Accept").lower()
    return "xml" in accept and "json" not in accept


def xml_error(members: Mapping[str, object]) -> bytes:
    """Return an error as v1's XML, with these children."""
    children = "".join(f"<{name}>{_xml(value)}</{name}>" for name, value in members.items())
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<error>{children}</error>\n'.encode()


def _xml(value: object) -> str:
    return escape(_NOT_XML.sub("", str(value)), quote=False)
