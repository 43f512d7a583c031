"""v1 takes device information in the header X-Device-Info or the parameter device_info. Without it, the platform is unknown.

The older parameter deviceType says less.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="V1005",
    severity="warning",
    title="A v1 call without device information",
    page=pages.V1_DEVICE_INFO,
    fix="Send X-Device-Info, Base64 and then percent-encoded.",
    inbound=True,
    reads=("x-device-info",),
).request
def v1_device_info(call: Call) -> Said:
    """Look in both places, on routes that need deviceId. If the form was not read, there is no finding."""
    if call.route is None or call.route.version != "v1" or "deviceId" not in call.route.needs:
        return
    if call.info is None and call.form is not None:
        yield Noticed("header X-Device-Info", "no such header, and no device_info", "one of the two")
