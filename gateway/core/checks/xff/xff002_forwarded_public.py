"""X-Forwarded-For is the device's address on the internet. An address of a home, a carrier's NAT or this machine is not unique.

If the gateway sends a public address instead (forwarded_for.fallback), this is only a note. The log says once for each device that a
private address is about to be sent. In a recording, addresses for documentation are pseudonyms, so they are not judged.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="XFF002",
    severity="error",
    milder="info",
    title="The device's address is not public",
    page=pages.THROTTLING,
    fix="Send the public address from which the device's request came. In a lab, set forwarded_for.fallback.",
    inbound=True,
    reads=("x-forwarded-for",),
).request
def forwarded_public(call: Call) -> Said:
    """Look at the ranges (RFC 6890)."""
    for hop in call.forwarded:
        if hop.redacted and not call.inbound:
            yield REDACTED
        elif hop.kind:
            replaced = call.inbound and call.client is not None and call.client.is_global
            expected = "a public address, which the gateway sends in its place" if replaced else "a public address"
            yield Noticed("header X-Forwarded-For", hop.kind, expected, mild=replaced)
