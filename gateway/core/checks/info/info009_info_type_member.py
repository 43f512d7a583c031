"""The member for the sort of device is called primaryHardwareType; Adobe's snippet for iOS and tvOS writes `type`.

The table of the page does not have `type`, so the sort of device may be unknown though it was sent. It is only a note if the
value is one of the snippet's.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_info import IN_SNIPPETS
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO009",
    severity="warning",
    milder="info",
    title="The device information says type instead of primaryHardwareType",
    page=pages.DEVICE_INFO,
    fix="Call the member primaryHardwareType.",
    reads=("x-device-info",),
    open="Whether the server reads the member type as well.",
).request
def info_type_member(call: Call) -> Said:
    """Look for the one without the other."""
    info = call.described
    if info and "type" in info.members and "primaryHardwareType" not in info.members:
        mild = info.text("type") in IN_SNIPPETS["type"]
        yield Noticed("header X-Device-Info, type", "a member type", "a member primaryHardwareType", mild=mild)
