"""Every call carries a bearer token, so every call is HTTPS; over plain http anybody on the way reads it.

RokuOS leaves its tokens out as well then. This machine and its network, where a lab's emulator is, are left alone.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.hosts import read_origin
from gateway.core.checking import About, Noticed, Said


@About(
    id="ROUTE007",
    severity="warning",
    title="Plain http",
    page=pages.V1_REFERENCE,
    fix="Write https in the upstream's origin, or in the application's base URL.",
).request
def transport_secure(call: Call) -> Said:
    """Look at the origin's scheme."""
    if call.origin and read_origin(call.origin).scheme == "http" and not read_origin(call.origin).is_local:
        yield Noticed("origin", "http", "https")
