"""Every route that works with a device's profiles needs AP-Device-Identifier. A call without it is answered 400.

A server that calls for a device sends the device's identifier, never its own.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_identifier import EXPECTED
from gateway.core.adobe.routes import IDENTIFIER
from gateway.core.checking import About, Noticed, Said


@About(
    id="DEV001",
    severity="error",
    title="No device identifier",
    page=pages.DEVICE_IDENTIFIER,
    fix="Send AP-Device-Identifier: fingerprint and the Base64 of the device's stable identifier.",
    status=400,
    code="invalid_header_device_identifier",
    reads=(IDENTIFIER,),
    presence=True,
).request
def identifier_present(call: Call) -> Said:
    """Look for a value."""
    if call.route and IDENTIFIER in call.route.requires and call.lacks(IDENTIFIER):
        found = "a blank value" if call.has(IDENTIFIER) else "no such header"
        yield Noticed("header AP-Device-Identifier", found, EXPECTED)
