"""In all samples, X-Device-Info is standard Base64 with padding. The URL-safe alphabet has - and _ in place of + and /."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_info import DeviceInfo
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="INFO008",
    severity="warning",
    title="The device information is not standard Base64",
    page=pages.DEVICE_INFO,
    fix="Encode with the standard alphabet of RFC 4648 section 4, padded.",
    reads=("x-device-info",),
    open="Which alphabet of Base64 the server takes, and whether it needs the padding.",
).request
def info_alphabet(call: Call) -> Said:
    """Look for the two characters that differ, and for the padding. Redaction encodes again, and loses both."""
    if not isinstance(call.info, DeviceInfo):
        return
    if "URL-safe alphabet" in call.info.flaws:
        yield Noticed("header X-Device-Info", "URL-safe Base64", "standard Base64")
    elif "no padding" in call.info.flaws:
        yield Noticed("header X-Device-Info", "Base64 without its padding", "padded Base64")
    elif call.info.redacted:
        yield REDACTED
