"""The API is at hosts below auth.adobe.com and auth-staging.adobe.com. A token that is sent to another host is given away.

Hosts on this machine and its network are not judged: a lab's emulator is there.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.hosts import read_origin
from gateway.core.checking import About, Noticed, Said


@About(
    id="ROUTE008",
    severity="warning",
    title="A host that is not Adobe's",
    page=pages.ENVIRONMENTS,
    fix="Use api.auth.adobe.com, or api.auth-staging.adobe.com for tests.",
).request
def host_known(call: Call) -> Said:
    """Look at the origin's host."""
    if not call.origin or call.version == "other":
        return
    origin = read_origin(call.origin)
    if not origin.environment and not origin.is_local:
        yield Noticed("origin", "another host", "a host below auth.adobe.com or auth-staging.adobe.com")
