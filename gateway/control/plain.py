"""Values of the configuration without their secrets, for the API."""

from __future__ import annotations

import json
from typing import Any

from gateway.core.model import Headers, Request
from gateway.core.redaction import Redaction


def without_secrets(value: object, redaction: Redaction) -> Any:
    """Redact maps, lists and texts like a body of JSON, since values of rules and faults may be secrets. This may take long."""
    body = json.dumps(value).encode()
    request = Request("POST", "/", Headers.of({"Content-Type": "application/json"}), body)
    shown = redaction.afresh().redacted(request)[0].body
    return json.loads(shown) if isinstance(shown, bytes) else None
