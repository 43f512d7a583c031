"""The pages of the client registration want X-Device-Info, too. Adobe also answered calls without it."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import INFO
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO013",
    severity="info",
    title="No device information at the registration",
    page=pages.CREDENTIALS,
    fix="Send the same X-Device-Info as with calls of the API.",
    reads=(INFO, "user-agent"),
    presence=True,
    open="Whether Adobe refuses a registration without X-Device-Info. Public clients leave it out, and get their tokens.",
).request
def info_of_registration(call: Call) -> Said:
    """Look for a value."""
    if call.version == "dcr" and call.lacks(INFO) and not call.is_browser:
        yield Noticed("header X-Device-Info", "no such header", "the Base64 of a JSON object that describes the device")
