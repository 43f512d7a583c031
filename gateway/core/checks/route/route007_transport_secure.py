"""Every call has a bearer token, so every call uses HTTPS. Over plain http, anybody on the way can read the token.

RokuOS adds its tokens over HTTPS only. Hosts on this machine and its network are not judged: a lab's emulator is there.
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
