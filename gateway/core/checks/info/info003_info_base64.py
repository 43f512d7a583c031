"""X-Device-Info is Base64. Another value is answered 400.

A frequent mistake is the bare JSON. INFO007 reports percent-encoding, INFO008 the URL-safe alphabet.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="INFO003",
    severity="error",
    title="The device information is not Base64",
    page=pages.DEVICE_INFO,
    fix="Encode the JSON object's UTF-8 bytes as standard Base64 with padding.",
    status=400,
    code="invalid_header_device_info",
    reads=("x-device-info",),
).request
def info_base64(call: Call) -> Said:
    """Report what a strict decoder would refuse."""
    match call.info:
        case Malformed(redacted=True):
            yield REDACTED
        case Malformed() as wrong:
            yield Noticed("header X-Device-Info", wrong.found, wrong.expected)
