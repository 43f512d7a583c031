"""All devices that send the same placeholder, such as `dummy` or all zeros, count as one device. They get each other's logins.

The v1 overview says this about two devices with equal identifiers. It is true for v2 too.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_identifier import EXPECTED, DeviceIdentifier
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="DEV005",
    severity="error",
    title="The device identifier is a placeholder",
    page=pages.DEVICE_IDENTIFIER,
    fix="Take the platform's own identifier, such as identifierForVendor, ANDROID_ID or GetChannelClientId.",
    status=400,
    code="invalid_header_device_identifier",
    reads=("ap-device-identifier",),
    open="Whether an identifier such as dummy is refused, or served as one device.",
).request
def identifier_placeholder(call: Call) -> Said:
    """Look for texts that developers write until they have an identifier."""
    match call.identifier:
        case DeviceIdentifier(redacted=True):
            yield REDACTED
        case DeviceIdentifier(placeholder=placeholder) if placeholder:
            yield Noticed("header AP-Device-Identifier", f"fingerprint and {placeholder}", EXPECTED)
        case Malformed(part="placeholder") as wrong:
            yield Noticed("header AP-Device-Identifier", wrong.found, wrong.expected)
