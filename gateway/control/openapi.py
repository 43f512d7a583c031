"""The OpenAPI document of the API. It is made of the endpoints and their types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.control.model import ApiProblem
from gateway.control.routes import ApiCall, Endpoint, of_sessions

VERSION = "3.1.0"
REFERENCE = "#/components/schemas/{name}"
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


def endpoints(others: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return the endpoint that serves the document. The document describes the others, and this endpoint."""

    async def document_(asked: ApiCall) -> dict[str, Any]:
        """Describe this API as OpenAPI 3.1."""
        return document([*others, own], asked.controlled.version)

    own = Endpoint("GET", "/api/openapi.json", document_, gives=dict[str, Any])
    return (own,)


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """Return the document."""
    types = list(
        {kind: None for endpoint in endpoints for kind in (endpoint.gives, endpoint.takes) if kind is not None}
    )
    schemas, components = msgspec.json.schema_components([*types, ApiProblem], ref_template=REFERENCE)
    by_type = dict(zip([*types, ApiProblem], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in of_sessions(endpoints):
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, by_type)
    return {
        "openapi": VERSION,
        "info": {
            "title": "pass-gateway control API",
            "version": version,
            "description": "A path for one gateway exists for each session, too, with /api/sessions/{session}/ in place of /api/.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    said = (endpoint.do.__doc__ or "").strip().splitlines()
    operation: dict[str, Any] = {
        "summary": said[0] if said else "",
        "operationId": _name(endpoint),
        "responses": {
            _status(endpoint): _answer(endpoint, schemas),
            "default": {"description": "An error.", "content": _json(schemas[ApiProblem])},
        },
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PLACEHOLDER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        parameters += _query(endpoint.query)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.takes is not None:
        operation["requestBody"] = {"required": True, "content": _json(schemas[endpoint.takes])}
    return operation


def _query(kind: Any) -> list[dict[str, Any]]:
    (_,), components = msgspec.json.schema_components([kind], ref_template=REFERENCE)
    schema = components[kind.__name__]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": about}
        for name, about in schema["properties"].items()
    ]


def _status(endpoint: Endpoint) -> str:
    return "204" if endpoint.gives is None and endpoint.media == "application/json" else str(endpoint.status)


def _answer(endpoint: Endpoint, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    if endpoint.gives is not None:
        return {"description": "Done.", "content": _json(schemas[endpoint.gives])}
    if endpoint.media != "application/json":
        return {"description": "Done.", "content": {endpoint.media: {"schema": {"type": "string"}}}}
    return {"description": "Done."}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _name(endpoint: Endpoint) -> str:
    words = [word.strip("{}") for word in endpoint.path.split("/") if word not in {"", "api"}]
    return "_".join([endpoint.method.lower(), *words]).replace(".", "_")
