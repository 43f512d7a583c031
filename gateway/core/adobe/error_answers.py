"""Answers with a documented error of the API, by its code, in the dialect of the called API.

Facts
-----
* v2 answers JSON. v1 answers JSON or XML, as the request asks. Client registration answers `{"error": code}` (error pages of each API).
* Decisions have no 403: their pages list 200, 400, 401, 405 and 500 (v1's preauthorize also 412). So a code with the status 403 becomes
  a 200 with this code at each resource ("Item-level error information", enhanced-error-codes page).
* `source` of a decision is `mvpd`, `degradation` or `temppass` (decisions pages).
"""

from __future__ import annotations

import json
from hashlib import blake2b
from urllib.parse import unquote_plus
from uuid import UUID

from gateway.core.adobe.error_codes import DIALECTS, HELP_URL, Dialect, ErrorCode
from gateway.core.adobe.routes import LONGEST_PATH, place_of
from gateway.core.adobe.v1_errors import wants_xml, xml_error
from gateway.core.equivalence import equivalent_path
from gateway.core.http_status import reason_of
from gateway.core.model import Headers, Request, Response

JSON = "application/json;charset=UTF-8"
"""The media type as the documentation's samples write it."""
FORBIDDEN = 403
LONGEST_QUERY = 1 << 14
"""Longest query that is searched for resources, in characters."""
MOST_RESOURCES = 100
"""Largest number of resources in the answer of a decision. The documentation mentions five."""
_FIRST: tuple[tuple[str, Dialect], ...] = (
    ("/api/v2/", "v2"),
    ("/api/v1/", "v1"),
    ("/reggie/v1/", "v1"),
    ("/o/client/", "dcr"),
)
_SOURCES = (("authorization_denied_by_degradation_rule", "degradation"), ("temporary_access_", "temppass"))
"""The source of a decision, by the beginning of a code."""


def dialect_of(path: str) -> Dialect | None:
    """Return the API whose errors a path gets. None if the path belongs to no API."""
    spelled = equivalent_path(path[:LONGEST_PATH])
    return next((dialect for first, dialect in _FIRST if spelled.startswith(first)), None)


def error_answer(request: Request, code: str) -> Response | None:
    """Return the answer with this code. None if the called API does not document the code."""
    dialect = dialect_of(request.path)
    said = DIALECTS[dialect].get(code) if dialect is not None else None
    if said is None:
        return None
    if dialect == "dcr":
        return _answer(said.status, JSON, _json({"error": code}))
    error = _enhanced(request, code, said)
    if said.status == FORBIDDEN and (decisions := _decisions(request, code, error)) is not None:
        return _answer(200, JSON, _json(decisions))
    if dialect == "v1" and wants_xml(request):
        return _answer(said.status, "application/xml;charset=UTF-8", xml_error(error))
    return _answer(said.status, JSON, _json(error))


def _enhanced(request: Request, code: str, said: ErrorCode) -> dict[str, object]:
    """Return the flat object. `trace` is a UUID made from the exchange's id, so it leads to the exchange."""
    trace = UUID(bytes=blake2b(request.id.encode(), digest_size=16).digest(), version=4)
    return {
        "action": said.action,
        "status": said.status,
        "code": code,
        "message": said.message,
        "helpUrl": HELP_URL,
        "trace": str(trace),
    }


def _decisions(request: Request, code: str, error: dict[str, object]) -> dict[str, object] | None:
    """Return a denied decision for each resource of the request. None if the request does not ask for decisions."""
    place = place_of(request.method, equivalent_path(request.path[:LONGEST_PATH]))
    name = place.route.name if place.route is not None and not place.misplaced else ""
    if name in {"v2 authorize", "v2 preauthorize"}:
        decided = {
            "serviceProvider": place.holes.get("sp", ""),
            "mvpd": place.holes.get("mvpd", ""),
            "source": next((source for begin, source in _SOURCES if code.startswith(begin)), "mvpd"),
            "authorized": False,
            "error": error,
        }
        resources = _resources_of_v2(request)
        return {"decisions": [{"resource": one, **decided} for one in resources]} if resources else None
    if name in {"v1 preauthorize", "v1 preauthorize by code"} and not wants_xml(request):
        asked = _resources_of_v1(request)
        return {"resources": [{"id": one, "authorized": False, "error": error} for one in asked]} if asked else None
    return None


def _resources_of_v2(request: Request) -> list[str]:
    """Return the resources that a body names."""
    try:
        asked = json.loads(request.body) if isinstance(request.body, bytes) else None
    except (ValueError, RecursionError):
        return []
    resources = asked.get("resources") if isinstance(asked, dict) else None
    named = resources[:MOST_RESOURCES] if isinstance(resources, list) else []
    return [one for one in named if isinstance(one, str)]


def _resources_of_v1(request: Request) -> list[str]:
    """Return the resources that a query names, with commas between them."""
    pairs = (pair.partition("=") for pair in request.query[:LONGEST_QUERY].split("&"))
    named = next((unquote_plus(value) for name, _, value in pairs if name == "resource"), "")
    return [one for one in named.split(",")[:MOST_RESOURCES] if one]


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document, indent=4).encode() + b"\n"


def _answer(status: int, kind: str, body: bytes) -> Response:
    headers = Headers.of((("Content-Type", kind), ("Content-Length", str(len(body))), ("Server", "openresty")))
    return Response(status, reason_of(status), headers, body)
