"""The page's table of contents. The page shows results of the API's functions, and makes changes by calls of the API."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.control.page import assets, cassettes, devices, exchanges, findings, steering
from gateway.control.routes import Endpoint
from gateway.control.sessions import SessionTable


def endpoints(table: SessionTable) -> Sequence[Endpoint]:
    """Return the page's endpoints. `table` has the sessions."""
    return (
        *exchanges.ENDPOINTS,
        *findings.ENDPOINTS,
        *devices.ENDPOINTS,
        *cassettes.ENDPOINTS,
        *steering.endpoints(table),
        *assets.ENDPOINTS,
    )
