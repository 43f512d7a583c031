"""JSON from a wire: a value, or the place of the mistake. No bytes raise an error."""

from __future__ import annotations

import json

from msgspec import DecodeError, Struct
from msgspec.json import decode

from gateway.core.adobe.base64_text import read_base64
from gateway.core.adobe.malformed import Malformed, whole_redacted


class Json(Struct, frozen=True):
    """A JSON value. It has its own class, since it may be null."""

    value: object


def read_json(data: bytes) -> Json | Malformed:
    """Read UTF-8 JSON."""
    try:
        return Json(decode(data))  # it is fast, and refuses a little more than Python's own parser
    except (DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return Json(json.loads(data.decode("utf-8")))
    except UnicodeDecodeError:
        return Malformed("json", f"{len(data)} bytes that are not UTF-8", "JSON")
    except json.JSONDecodeError as error:
        reason = error.msg[0].lower() + error.msg[1:]
        return Malformed("json", f"JSON that breaks off at line {error.lineno}, column {error.colno}: {reason}", "JSON")
    except ValueError:
        return Malformed("json", "JSON with a number too long to read", "JSON")
    except RecursionError:
        return Malformed("json", "JSON nested too deeply to read", "JSON")


def read_base64_json(value: str) -> Json | Malformed:
    """Read the value of a field that is Base64 of UTF-8 JSON."""
    if redacted := whole_redacted("base64", value):
        return redacted
    decoded = read_base64(value)
    return decoded if isinstance(decoded, Malformed) else read_json(decoded.data)


def members(value: object) -> dict[str, object]:
    """Return a JSON object's members; an empty map for another value."""
    return value if isinstance(value, dict) else {}
