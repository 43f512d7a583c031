"""Inside its Base64, X-Device-Info is a JSON object. Other text tells the server nothing about the device.

38 of the 40 documented values are not JSON: a comma behind osName is missing. Repair a value that you copy from the documentation.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_info import DeviceInfo
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO004",
    severity="warning",
    title="The device information is not JSON",
    page=pages.DEVICE_INFO,
    fix="Write the object with a JSON library instead of copying the documentation's sample.",
    reads=("x-device-info",),
).request
def info_json(call: Call) -> Said:
    """Report where the JSON is invalid."""
    info = call.info
    if isinstance(info, DeviceInfo) and info.malformed is not None:
        yield Noticed("header X-Device-Info", f"Base64 of {info.malformed.found}", "Base64 of a JSON object")
