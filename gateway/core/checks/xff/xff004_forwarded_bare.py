"""X-Forwarded-For has addresses without ports, brackets, quotes and zones. At best, an address with them counts as another address for the throttle.

The port has its place in X-Device-Info, as connectionPort.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="XFF004",
    severity="warning",
    title="The device's address has a port or brackets",
    page=pages.THROTTLING,
    fix="Send the bare address, and the port as connectionPort of X-Device-Info.",
    inbound=True,
    reads=("x-forwarded-for",),
).request
def forwarded_bare(call: Call) -> Said:
    """Compare each entry with the address in it."""
    if any(hop.address is not None and not hop.bare for hop in call.forwarded):
        yield Noticed("header X-Forwarded-For", "an address with a port, brackets, quotes or a zone", "a bare address")
