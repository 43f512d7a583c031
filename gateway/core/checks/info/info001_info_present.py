"""Without X-Device-Info, the platform of a television is unknown. It counts as insecure, and its logins end sooner.

The table says that the header is required. The text says that Adobe's server falls back on what it sees of the caller. If a server
calls for a device, Adobe sees only that server. Browsers may leave the header out (INFO002).
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import INFO
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO001",
    severity="warning",
    title="No device information",
    page=pages.DEVICE_INFO,
    fix="Send X-Device-Info: the Base64 of a JSON object with model, version, osName, osVersion and connectionType.",
    reads=(INFO, "user-agent"),
    presence=True,
).request
def info_present(call: Call) -> Said:
    """Look for a value."""
    if call.route and INFO in call.route.requires and call.lacks(INFO) and not call.is_browser:
        found = "a blank value" if call.has(INFO) else "no such header"
        yield Noticed("header X-Device-Info", found, "the Base64 of a JSON object that describes the device")
