"""The member for the sort of device is called primaryHardwareType; Adobe's snippet for iOS and tvOS writes `type`, which nobody reads.

So the sort of device is unknown, though it was sent.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO009",
    severity="warning",
    title="The device information says type instead of primaryHardwareType",
    page=pages.DEVICE_INFO,
    fix="Call the member primaryHardwareType.",
    reads=("x-device-info",),
).request
def info_type_member(call: Call) -> Said:
    """Look for the one without the other."""
    info = call.described
    if info and "type" in info.members and "primaryHardwareType" not in info.members:
        yield Noticed("header X-Device-Info, type", "a member type", "a member primaryHardwareType")
