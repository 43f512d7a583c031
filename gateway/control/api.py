"""The API's table of contents: every endpoint of the control listener."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.control import cassettes, devices, emulator, exchanges, faults, openapi, page, refusing, sessions, settings
from gateway.control.routes import Endpoint
from gateway.control.sessions import SessionTable


def endpoints(table: SessionTable, *more: Endpoint) -> Sequence[Endpoint]:
    """Return all endpoints: the API's, the page's and `more`. The OpenAPI document describes only paths below `/api/`."""
    api = (
        *settings.ENDPOINTS,
        *exchanges.ENDPOINTS,
        *devices.ENDPOINTS,
        *refusing.ENDPOINTS,
        *cassettes.ENDPOINTS,
        *faults.ENDPOINTS,
        *emulator.ENDPOINTS,
        *sessions.endpoints(table),
    )
    described = [*api, *(one for one in more if one.path.startswith("/api/"))]
    return (*api, *openapi.endpoints(described), *page.endpoints(table), *more)
