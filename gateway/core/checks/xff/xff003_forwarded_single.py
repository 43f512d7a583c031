"""Every documented X-Forwarded-For is one address. No page says which address of a list Adobe takes.

Each proxy adds the address of its caller, which makes a list. Only the first address is the device's, and only if nobody invented it.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="XFF003",
    severity="warning",
    title="A list of addresses instead of one",
    page=pages.THROTTLING,
    fix="Send the device's address alone.",
    inbound=True,
    reads=("x-forwarded-for",),
    open="Which entry Adobe takes from a list in X-Forwarded-For, and from which senders it accepts a list.",
).request
def forwarded_single(call: Call) -> Said:
    """Count the addresses."""
    if call.forwarded_count > 1:
        yield Noticed("header X-Forwarded-For", f"{call.forwarded_count} entries", "one address")
