"""The API describes itself: what is served is what the endpoints take and give."""

from __future__ import annotations

import json
import re
from typing import Any

from gateway.control.api import endpoints
from gateway.control.routes import of_sessions
from gateway.control.sessions import SessionTable
from tests.control_lab import steerable


async def test_the_document_is_served_and_names_every_endpoint() -> None:
    async with await steerable() as lab:
        document = await lab.get("/api/openapi.json")
    table = SessionTable(None, lambda _: None)  # type: ignore[arg-type]  # nothing is asked
    api = [endpoint for endpoint in endpoints(table) if endpoint.path.startswith("/api/")]
    listed = {(endpoint.method.lower(), endpoint.path) for endpoint in of_sessions(api)} | {("get", "/api/history")}
    described = {(method, path) for path, operations in document["paths"].items() for method in operations}
    assert (document["openapi"], described) == ("3.1.0", listed)


async def test_every_reference_leads_somewhere_and_every_operation_says_what_it_does() -> None:
    async with await steerable() as lab:
        document = await lab.get("/api/openapi.json")
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
    operations: list[dict[str, Any]] = [one for path in document["paths"].values() for one in path.values()]
    assert all(operation["summary"].endswith(".") for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
