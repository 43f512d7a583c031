"""Without X-Device-Info a television is an unknown platform: it counts as insecure, and its logins end sooner.

The table says that the header is required; the text says that the server falls back on what it can see itself. A server that
calls for the device shows it itself instead. Browsers may leave it out, INFO002.
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
