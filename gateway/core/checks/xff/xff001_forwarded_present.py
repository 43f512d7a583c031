"""A server that calls for a device sends the device's address in X-Forwarded-For. Without it, a whole fleet shares one call a second.

A call that leaves the gateway is a server's call. An incoming call needs the header only if a server made it: for a device's call, the
gateway writes the address itself. Adobe throttles the client registration by it, too. If tests call their own gateway on this machine,
the log says so once a session, in place of this finding.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import FORWARDED, Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="XFF001",
    severity="error",
    title="A server's call without the device's address",
    page=pages.THROTTLING,
    fix="Send X-Forwarded-For with the one public address of the device that the call is for.",
    inbound=True,
    reads=(FORWARDED, "user-agent"),
    presence=True,
).request
def forwarded_present(call: Call) -> Said:
    """Look for a value if the receiver of the call cannot know the device's address otherwise."""
    if call.route is None or call.route.browser or not call.lacks(FORWARDED):
        return
    if (call.ours and not call.inbound) or call.is_server:
        found = "a blank value" if call.has(FORWARDED) else "no such header"
        yield Noticed("header X-Forwarded-For", found, "the device's public address")
