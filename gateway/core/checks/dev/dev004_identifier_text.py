"""Every documented identifier is text. If the Base64 does not hold UTF-8, the identifier was encoded twice, or it is a raw digest.

A SHA-256 digest of 32 raw bytes is not forbidden. But a digest is usually written in hexadecimal, which is text. Hexadecimal text without
Base64 around it also decodes to bytes that are not text. If DEV003 has a finding, this check has no finding.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_identifier import DeviceIdentifier
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="DEV004",
    severity="warning",
    title="The device identifier is not text",
    page=pages.DEVICE_IDENTIFIER,
    fix="Encode the identifier's text. If it is a digest, encode its hexadecimal text instead of its bytes.",
    reads=("ap-device-identifier",),
).request
def identifier_text(call: Call) -> Said:
    """Decode what is in the Base64."""
    identifier = call.identifier
    if isinstance(identifier, DeviceIdentifier) and not identifier.is_text and not identifier.flaws:
        if identifier.redacted:
            yield REDACTED
        elif identifier.is_bare:
            yield Noticed("header AP-Device-Identifier", "hexadecimal text, not in Base64", "the Base64 of that text")
        else:
            yield Noticed("header AP-Device-Identifier", f"{identifier.shape}, not UTF-8", "the Base64 of a text")
