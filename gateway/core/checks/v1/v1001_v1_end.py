"""REST API v1 has had no support since the end of 2025, and ends, by today's word, at the end of 2026.

v1 logins are not seen by v2: users log in again once, when an application moves.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="V1001",
    severity="info",
    title="A call of REST API v1",
    page=pages.ANNOUNCEMENTS,
    fix="Move to REST API V2, or let the gateway speak it for this application.",
    inbound=True,
).request
def v1_end(call: Call) -> Said:
    """Look at the path."""
    if call.version == "v1":
        yield Noticed("path", "REST API v1", "REST API V2, before the end of 2026")
