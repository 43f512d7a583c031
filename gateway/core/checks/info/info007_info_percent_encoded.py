"""v1 wants percent-encoding around the Base64 of X-Device-Info. v2 does not: a `%3D` is not Base64.

An application that is moved from v1 to v2 brings this habit along.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_info import DeviceInfo
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO007",
    severity="warning",
    title="The device information is percent-encoded, as v1 had it",
    page=pages.DEVICE_INFO,
    fix="Leave the percent-encoding out. The Base64 goes into the header as it is.",
    reads=("x-device-info",),
).request
def info_percent_encoded(call: Call) -> Said:
    """Look for `%` and two digits."""
    if call.version == "v2" and isinstance(call.info, DeviceInfo) and "percent-encoded" in call.info.flaws:
        yield Noticed("header X-Device-Info", "Base64 with percent-encoding around it", "plain Base64")
