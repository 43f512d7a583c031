"""An exchange as one line of JSON, with both heads and, where they are kept, both bodies: what the history holds.

It is a line of a file of findings (`findings.py`) with more in it, and reads back as one.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

from msgspec.structs import replace

from gateway.cassettes.findings import line_of
from gateway.core.model import Body, Headers, Interaction, Response

ANSWER = ("reason", "response_headers", "body", "response_body")
"""The keys that a line of a file of findings has not."""


def entry_of(interaction: Interaction) -> bytes:
    """Return the line of an interaction; its bodies are whole."""
    request, response = interaction.request, interaction.response
    more: dict[str, object] = {"reason": response.reason, "response_headers": list(response.headers.items())}
    for key, body in (("body", request.body), ("response_body", response.body)):
        if body:
            more[key] = _written(body)
    return line_of(replace(interaction, about={**interaction.about, **more}))


def answer_of(interaction: Interaction) -> tuple[bytes, Response]:
    """Return the request's body and the answer of an interaction that was read back from a line of `entry_of`."""
    about = interaction.about
    reason, headers = about.get("reason"), about.get("response_headers")
    fields = [(str(name), str(value)) for name, value in headers] if isinstance(headers, list) else []
    answer = Response(interaction.response.status, str(reason or ""), Headers.of(fields), _read(about, "response_body"))
    return _read(about, "body"), answer


def _written(body: Body) -> object:
    data = body if isinstance(body, bytes) else b""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode("ascii")}


def _read(about: object, key: str) -> bytes:
    written = about.get(key) if isinstance(about, dict) else None
    if isinstance(written, dict):
        return b64decode(str(written.get("base64", "")))
    return written.encode("utf-8") if isinstance(written, str) else b""


def decoded(line: bytes) -> dict[str, object]:
    """Return what a line of `entry_of` says."""
    entry: dict[str, object] = json.loads(line)
    return entry
