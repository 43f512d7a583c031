"""X-Device-Info is standard Base64, with + and /; the URL-safe alphabet, with - and _, is another one.

No page says which the server takes. All samples have the standard one.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_info import DeviceInfo
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="INFO008",
    severity="warning",
    title="The device information is URL-safe Base64",
    page=pages.DEVICE_INFO,
    fix="Encode with the standard alphabet of RFC 4648 section 4, padded.",
    reads=("x-device-info",),
).request
def info_alphabet(call: Call) -> Said:
    """Look for the two characters that differ; redaction encodes anew, and loses them."""
    if not isinstance(call.info, DeviceInfo):
        return
    if "URL-safe alphabet" in call.info.flaws:
        yield Noticed("header X-Device-Info", "URL-safe Base64", "standard Base64")
    elif call.info.redacted:
        yield REDACTED
