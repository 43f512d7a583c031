"""A browser may leave X-Device-Info out. Then Adobe reads User-Agent, which says less about the device.

The check knows a browser by its User-Agent. A User-Agent that names a television is not a browser's.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import INFO
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO002",
    severity="info",
    title="No device information from a browser",
    page=pages.DEVICE_INFO,
    fix="You need not do anything. With X-Device-Info, the reports distinguish the platforms.",
    reads=(INFO, "user-agent"),
    presence=True,
).request
def info_present_in_browser(call: Call) -> Said:
    """Look for a value."""
    if call.route and INFO in call.route.requires and call.lacks(INFO) and call.is_browser:
        yield Noticed("header X-Device-Info", "no such header", "the Base64 of a JSON object, if anything")
