"""The member for the kind of device is primaryHardwareType. Adobe's snippet for iOS and tvOS writes `type` instead.

The page's table does not have `type`, so Adobe may not know the kind of device. If the value is one of the snippet's, the finding is
only a note.
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
    """Look for `type` without primaryHardwareType."""
    info = call.described
    if info and "type" in info.members and "primaryHardwareType" not in info.members:
        mild = info.text("type") in IN_SNIPPETS["type"]
        yield Noticed("header X-Device-Info, type", "a member type", "a member primaryHardwareType", mild=mild)
