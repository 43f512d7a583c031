"""The identifier is encoded as Base64, without percent-encoding. All samples have the standard alphabet, with padding.

A lenient server decodes other text to another identifier, which is another device.
The URL-safe alphabet and missing padding are a warning: no page forbids them.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_identifier import EXPECTED, DeviceIdentifier
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="DEV003",
    severity="error",
    milder="warning",
    title="The device identifier is not standard Base64",
    page=pages.DEVICE_IDENTIFIER,
    fix="Encode the identifier's bytes once, as standard Base64 with padding.",
    status=400,
    code="invalid_header_device_identifier",
    reads=("ap-device-identifier",),
    open="Which alphabet of Base64 the server takes, and whether it needs the padding.",
).request
def identifier_base64(call: Call) -> Said:
    """Report what a strict decoder would refuse."""
    match call.identifier:
        case Malformed(part="base64", redacted=True):
            yield REDACTED
        case Malformed(part="base64") as wrong:
            yield Noticed("header AP-Device-Identifier", wrong.found, wrong.expected)
        case DeviceIdentifier(flaws=flaws) if flaws:
            found = f"Base64, but {' and '.join(sorted(flaws))}"
            yield Noticed("header AP-Device-Identifier", found, EXPECTED, mild="percent-encoded" not in flaws)
