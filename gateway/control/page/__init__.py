"""The page's table of contents. It shows what the API's functions return; what it changes, it changes by calls of the API."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.control.page import assets, cassettes, devices, exchanges, findings, steering
from gateway.control.routes import Endpoint


def endpoints(api: Sequence[Endpoint]) -> Sequence[Endpoint]:
    """Return the page's endpoints; `api` is what the API answers, by which a part of the page knows whether it is of use."""
    return (
        *exchanges.ENDPOINTS,
        *findings.ENDPOINTS,
        *devices.ENDPOINTS,
        *cassettes.ENDPOINTS,
        *steering.endpoints(api),
        *assets.ENDPOINTS,
    )
