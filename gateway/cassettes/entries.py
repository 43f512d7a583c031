"""An exchange as one line of JSON, with both heads, and with both bodies if they are kept. The history holds these lines.

It is a line of a file of findings (`findings.py`) with more keys, and is read in the same way.
"""

from __future__ import annotations

import json
from base64 import b64encode

from msgspec.structs import replace

from gateway.cassettes.findings import line_of
from gateway.core.model import Body, Interaction


def entry_of(interaction: Interaction) -> bytes:
    """Return the line of an interaction, whose bodies are whole."""
    request, response = interaction.request, interaction.response
    more: dict[str, object] = {"reason": response.reason, "response_headers": list(response.headers.items())}
    for key, body in (("body", request.body), ("response_body", response.body)):
        if body:
            more[key] = _written(body)
    return line_of(replace(interaction, about={**interaction.about, **more}))


def _written(body: Body) -> object:
    data = body if isinstance(body, bytes) else b""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode("ascii")}


def decoded(line: bytes) -> dict[str, object]:
    """Return the interaction of a line that `entry_of` made."""
    entry: dict[str, object] = json.loads(line)
    return entry
