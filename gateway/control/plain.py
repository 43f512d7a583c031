"""What a configuration says, as the API shows it: without secrets."""

from __future__ import annotations

import json
from typing import Any

from gateway.core.model import Headers, Request
from gateway.core.redaction import Redaction


def without_secrets(value: object, redaction: Redaction) -> Any:
    """Return maps, lists and texts redacted as a body of JSON is: values of rules and faults may be secrets. It may take long."""
    body = json.dumps(value).encode()
    request = Request("POST", "/", Headers.of({"Content-Type": "application/json"}), body)
    shown = redaction.afresh().redacted(request)[0].body
    return json.loads(shown) if isinstance(shown, bytes) else None
