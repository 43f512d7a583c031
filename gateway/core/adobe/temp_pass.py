"""The AP-TempPass-Identity header: Base64 of a JSON object that names the user of a promotional temporary pass."""

from __future__ import annotations

from msgspec import Struct

from gateway.core.adobe.json_text import read_base64_json
from gateway.core.adobe.malformed import Malformed
from gateway.core.bounded import remembered


class TempPassIdentity(Struct, frozen=True):
    """The identity in AP-TempPass-Identity: only the number of its members, and not their values."""

    members: int
    plain: bool = False
    """Whether a member is a plain e-mail address."""


@remembered()
def read_temp_pass(value: str) -> TempPassIdentity | Malformed:
    """Read the value of AP-TempPass-Identity."""
    read = read_base64_json(value)
    if isinstance(read, Malformed):
        return read
    if not isinstance(read.value, dict) or not read.value:
        return Malformed("json", "JSON, but no object with members", "a JSON object that names the user")
    plain = any(isinstance(value, str) and "@" in value for value in read.value.values())
    return TempPassIdentity(len(read.value), plain)
