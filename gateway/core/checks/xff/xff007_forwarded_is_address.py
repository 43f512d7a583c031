"""X-Forwarded-For has only addresses. `unknown`, a name or an empty template does not say who calls.

Adobe throttles by this header, so all devices that send the same word share one call a second.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="XFF007",
    severity="error",
    title="The device's address is not an address",
    page=pages.THROTTLING,
    fix="Send the device's public IPv4 or IPv6 address.",
    inbound=True,
    reads=("x-forwarded-for",),
).request
def forwarded_is_address(call: Call) -> Said:
    """Look for entries that no parser takes for an address."""
    for hop in call.forwarded:
        if hop.address is None:
            yield (
                REDACTED
                if hop.redacted
                else Noticed("header X-Forwarded-For", "an entry that is no address", "an address")
            )
