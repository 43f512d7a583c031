r"""vcrpy's other serializer: the same document as JSON. It is read as YAML is, and stays JSON when it is rewritten.

Facts
-----
* JSON is YAML, except for characters beyond U+FFFF: `\ud83d\ude00` is one character in JSON (RFC 8259 section 7), and two broken
  ones for libyaml, which refuses them.
* vcrpy writes no bytes there: a body is text (vcrpy 9.4, `serializers/jsonserializer.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from gateway.core.model import Headers, Interaction

_PAIR = re.compile(r"(\\\\)|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
"""An escaped backslash, which is skipped, or the two halves of a character beyond U+FFFF."""


def may_be_json(data: bytes) -> bool:
    """Whether a cassette begins like JSON. YAML's flow form begins in the same way, but no tool writes it."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def as_yaml(text: str) -> str:
    """Return JSON with escapes that YAML knows. The line numbers do not change."""
    return _PAIR.sub(_one, text) if "\\u" in text else text


def _one(match: re.Match[str]) -> str:
    if match[1]:
        return match[0]
    return f"\\U{0x10000 + ((int(match[2], 16) - 0xD800) << 10) + int(match[3], 16) - 0xDC00:08X}"


def rewritten(data: bytes, changed: Mapping[int, Interaction]) -> bytes | None:
    """Return a JSON cassette with the interactions of these numbers replaced. The rest stays. None if the cassette is not JSON.

    Raises `ValueError` for a body that is not text, since JSON has only text.
    """
    try:
        document = json.loads(data) if may_be_json(data) else None
    except ValueError:
        document = None
    if document is None:
        return None
    for number, interaction in changed.items():
        block = document["interactions"][number]
        request, response = interaction.request, interaction.response
        block["request"] = {
            "method": request.method,
            "uri": interaction.origin + request.target,
            "body": _text(request.body) or None,
            "headers": _fields(request.headers),
        }
        block["response"] = {
            "status": {"code": response.status, "message": response.reason},
            "headers": _fields(response.headers),
            "body": {"string": _text(response.body)},
            "x_gateway": {**interaction.about, "recorded_at": interaction.recorded_at},
        }
    return json.dumps(document, indent=4).encode() + b"\n"


def _text(body: object) -> str:
    if not isinstance(body, bytes):
        msg = "a streamed body cannot be written"
        raise ValueError(msg)  # noqa: TRY004  a ValueError, like all that is refused here
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        msg = "a body that is no text cannot be written as JSON; `gateway cassette import` makes YAML of it"
        raise ValueError(msg) from error


def _fields(headers: Headers) -> dict[str, list[str]]:
    """Return each name with its values. If a name is repeated in another spelling, its values go to the first spelling."""
    spelled: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in headers.items():
        values.setdefault(spelled.setdefault(name.lower(), name), []).append(value)
    return values
