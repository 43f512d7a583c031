"""The identifier is wrapped in Base64: the standard alphabet, padded, and not percent-encoded.

A server that decodes it leniently finds another identifier than the one that was meant, and with it another device.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_identifier import EXPECTED, DeviceIdentifier
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="DEV003",
    severity="error",
    title="The device identifier is not Base64",
    page=pages.DEVICE_IDENTIFIER,
    fix="Encode the identifier's bytes once, as standard Base64 with padding.",
    status=400,
    code="invalid_header_device_identifier",
    reads=("ap-device-identifier",),
).request
def identifier_base64(call: Call) -> Said:
    """Say what a strict decoder would."""
    match call.identifier:
        case Malformed(part="base64", redacted=True):
            yield REDACTED
        case Malformed(part="base64") as wrong:
            yield Noticed("header AP-Device-Identifier", wrong.found, wrong.expected)
        case DeviceIdentifier(flaws=flaws) if flaws:
            yield Noticed("header AP-Device-Identifier", f"Base64, but {' and '.join(sorted(flaws))}", EXPECTED)
