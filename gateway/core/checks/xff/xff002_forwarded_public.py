"""X-Forwarded-For is the device's address on the internet; one of a home, a carrier's NAT or this machine is everybody's.

In a recording, addresses that are set apart for documentation are pseudonyms: of what they stand for nothing can be said.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="XFF002",
    severity="error",
    title="The device's address is not public",
    page=pages.THROTTLING,
    fix="Send the address from which the device's request came in from the internet; in a lab, set forwarded_for.fallback.",
    inbound=True,
    reads=("x-forwarded-for",),
).request
def forwarded_public(call: Call) -> Said:
    """Look at the ranges (RFC 6890)."""
    for hop in call.forwarded:
        if hop.redacted and not call.inbound:
            yield REDACTED
        elif hop.kind:
            yield Noticed("header X-Forwarded-For", hop.kind, "a public address")
