"""Answers with an error of the API by its documented code, in the dialect of the API that was asked.

Facts
-----
* v2 answers JSON; v1 JSON or XML, as the request asks; client registration `{"error": code}` (error pages of each API).
* A denied decision is no failed request: v2's decisions answer 200, and the error stands with each resource (enhanced-error-codes page,
  "Item-level error information").
"""

from __future__ import annotations

import json
from hashlib import blake2b
from uuid import UUID

from gateway.core.adobe.error_codes import DIALECTS, HELP_URL, Dialect, ErrorCode
from gateway.core.adobe.routes import LONGEST_PATH, place_of
from gateway.core.adobe.v1_errors import wants_xml, xml_error
from gateway.core.equivalence import equivalent_path
from gateway.core.http_status import reason_of
from gateway.core.model import Headers, Request, Response

JSON = "application/json;charset=UTF-8"
"""As the pages' samples spell it."""
MOST_RESOURCES = 100
"""Resources of a decision that are answered; the documentation speaks of five."""
_FIRST: tuple[tuple[str, Dialect], ...] = (
    ("/api/v2/", "v2"),
    ("/api/v1/", "v1"),
    ("/reggie/v1/", "v1"),
    ("/o/client/", "dcr"),
)
DENIED = "_denied_by_"
"""What the codes of denied decisions have in common."""


def dialect_of(path: str) -> Dialect | None:
    """Return whose errors a path gets; None where it is no API's."""
    spelled = equivalent_path(path[:LONGEST_PATH])
    return next((dialect for first, dialect in _FIRST if spelled.startswith(first)), None)


def error_answer(request: Request, code: str) -> Response | None:
    """Return the answer with this code; None where the API that is asked does not document it."""
    dialect = dialect_of(request.path)
    said = DIALECTS[dialect].get(code) if dialect is not None else None
    if said is None:
        return None
    if dialect == "dcr":
        return _answer(said.status, JSON, _json({"error": code}))
    error = _enhanced(request, code, said)
    if dialect == "v1" and wants_xml(request):
        return _answer(said.status, "application/xml;charset=UTF-8", xml_error(error))
    if dialect == "v2" and DENIED in code and (denied := _decisions(request, error)) is not None:
        return _answer(200, JSON, _json({"decisions": denied}))
    return _answer(said.status, JSON, _json(error))


def _enhanced(request: Request, code: str, said: ErrorCode) -> dict[str, object]:
    """Return the flat object; `trace` is a UUID made of the exchange's id, so that one leads to the other."""
    trace = UUID(bytes=blake2b(request.id.encode(), digest_size=16).digest(), version=4)
    return {
        "action": said.action,
        "status": said.status,
        "code": code,
        "message": said.message,
        "helpUrl": HELP_URL,
        "trace": str(trace),
    }


def _decisions(request: Request, error: dict[str, object]) -> list[dict[str, object]] | None:
    """Return a denied decision for each resource that is asked about; None where no decision is asked for."""
    place = place_of(request.method, equivalent_path(request.path[:LONGEST_PATH]))
    if place.route is None or place.misplaced or place.route.name not in {"v2 authorize", "v2 preauthorize"}:
        return None
    try:
        asked = json.loads(request.body) if isinstance(request.body, bytes) else None
    except (ValueError, RecursionError):
        return None
    resources = asked.get("resources") if isinstance(asked, dict) else None
    if not isinstance(resources, list):
        return None
    return [
        {
            "resource": resource,
            "serviceProvider": place.holes.get("sp", ""),
            "mvpd": place.holes.get("mvpd", ""),
            "source": "mvpd",
            "authorized": False,
            "error": error,
        }
        for resource in resources[:MOST_RESOURCES]
        if isinstance(resource, str)
    ]


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document, indent=4).encode() + b"\n"


def _answer(status: int, kind: str, body: bytes) -> Response:
    headers = Headers.of((("Content-Type", kind), ("Content-Length", str(len(body))), ("Server", "openresty")))
    return Response(status, reason_of(status), headers, body)
