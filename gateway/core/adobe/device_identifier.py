"""The AP-Device-Identifier header: `fingerprint` and the Base64 of the device's own identifier."""

from __future__ import annotations

import re
from base64 import b64encode

from msgspec import Struct

from gateway.core.adobe.base64_text import Flaw, read_base64
from gateway.core.adobe.malformed import Malformed, shape, whole_redacted
from gateway.core.adobe.unfilled import NOTHING
from gateway.core.secrets.pseudonyms import is_pseudonym_bytes, unwrapped
from gateway.core.value import repr_without

EXPECTED = "fingerprint <Base64 of the device's identifier>"
PLACEHOLDER = re.compile(r"<[^<>]*>|\$?\{[^{}\"]*\}|%\([^()]*\)s|\[[A-Za-z_ -]+\]")
"""A placeholder in a template, in place of a value. A text with quotation marks in its braces is JSON, and not a template."""
OPENINGS = frozenset("<${%[")
"""The first characters of a placeholder."""
_UUID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_PADDED = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_HEX = re.compile(r"[0-9A-F]{16,128}|[0-9a-f]{16,128}")
"""A digest, or an identifier of a platform: ANDROID_ID has 16 digits, a UUID without its dashes has 32, SHA-256 has 64."""

_WORDS = frozenset(
    {
        "dummy", "test", "testing", "unknown", "n/a", "na", "default", "example", "sample",
        "device", "deviceid", "device_id", "device-id", "fingerprint", "identifier", "id", "foo", "bar", "string", "todo", "xxx",
        "base64_device_id", "9774d56d682e549c", *map(str.lower, NOTHING),
    }
)  # fmt: skip
"""Values in place of a missing identifier. The last one is the ANDROID_ID that a faulty Android gave to every device."""


def is_placeholder(text: str) -> bool:
    """Whether a text is only a placeholder of a template."""
    return text[:1] in OPENINGS and PLACEHOLDER.fullmatch(text) is not None


class DeviceIdentifier(Struct, frozen=True, gc=False):
    """A device's identifier, unwrapped."""

    data: bytes
    flaws: frozenset[Flaw] = frozenset()
    redacted: bool = False

    __repr__, __rich_repr__ = repr_without("data")

    @property
    def shape(self) -> str:
        """The text to show."""
        return f"fingerprint <base64 of {len(self.data)} bytes>"

    @property
    def kind(self) -> tuple[object, ...]:
        """The properties that checks of a request see. The identifiers of an application mostly have the same properties."""
        is_text = self.is_text
        return self.flaws, self.redacted, self.placeholder, is_text or (len(self.data), self.is_bare)

    @property
    def is_bare(self) -> bool:
        """Whether the header has a plain hexadecimal text in place of Base64. Decoded, it makes no sense."""
        return not self.flaws and not self.is_text and bool(_HEX.fullmatch(b64encode(self.data).decode()))

    @property
    def is_text(self) -> bool:
        """Whether it is UTF-8, as every documented sample is."""
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    @property
    def placeholder(self) -> str:
        """A description, if it cannot be the identifier of a device; otherwise empty."""
        if not self.data.strip(b"0-:.{} \x00"):
            return "all zeros"
        text = self.data.decode("latin-1").strip().lower()
        if text in _WORDS:
            return "a word in place of an identifier"
        if ("<" in text or "{" in text or "%" in text or "[" in text) and PLACEHOLDER.search(text):
            return "an unexpanded placeholder"
        if text.count(text[:1]) == len(text):
            return "one character, repeated"
        return ""


def read_device_identifier(value: str) -> DeviceIdentifier | Malformed:
    """Read the value of AP-Device-Identifier."""
    kind, space, encoded = value.partition(" ")
    if kind != "fingerprint" or not space or not encoded.strip():
        found = "fingerprint and nothing behind it" if kind == "fingerprint" and not encoded.strip() else _shape(value)
        return whole_redacted("type", value) or Malformed("type", found, EXPECTED)
    return _decoded(encoded.strip())


def _decoded(encoded: str) -> DeviceIdentifier | Malformed:
    if _PADDED.fullmatch(encoded) and len(encoded) % 4 == 0 and (data := unwrapped(encoded)):  # the usual case
        return DeviceIdentifier(data, redacted=is_pseudonym_bytes(data))
    if is_placeholder(encoded):
        return Malformed("placeholder", "fingerprint and an unexpanded placeholder", EXPECTED)
    if redacted := whole_redacted("base64", encoded):  # a pseudonym may look like Base64
        return redacted
    if _UUID.fullmatch(encoded):
        return Malformed("base64", "fingerprint and a bare UUID, not in Base64", EXPECTED)
    decoded = read_base64(encoded)
    if isinstance(decoded, Malformed):
        return Malformed("base64", f"fingerprint and {decoded.found}", EXPECTED)
    return DeviceIdentifier(decoded.data, decoded.flaws, is_pseudonym_bytes(decoded.data))


def _shape(value: str) -> str:
    return "a bare UUID" if _UUID.fullmatch(value) else shape(value)
