"""A server that calls for a device says the device's address in X-Forwarded-For; without it a whole fleet shares one call a second.

Calls that leave a gateway leave a server. Of incoming calls, only a server's calls need it: the gateway writes a device's address itself.
The client registration is throttled by it as well. Tests that call a gateway of their own from this machine are told once a session.
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
    """Look for a value where the next one to see the call cannot know the device's address."""
    if call.route is None or call.route.browser or not call.lacks(FORWARDED):
        return
    if (call.ours and not call.inbound) or call.is_server:
        found = "a blank value" if call.has(FORWARDED) else "no such header"
        yield Noticed("header X-Forwarded-For", found, "the device's public address")
