"""REST API v1 has had no support since the end of 2025, and its end is announced for the end of 2026.

Until then, a call of v1 is a note, afterwards a warning. v2 does not see logins of v1, so users log in again when an application moves.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import V1_END, V1_UNSUPPORTED, Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="V1001",
    severity="warning",
    milder="info",
    title="A call of REST API v1",
    page=pages.ANNOUNCEMENTS,
    fix="Move to REST API V2, or let the gateway speak it for this application.",
    inbound=True,
    open="On which day v1 ends. The announcement says the end of 2026, and also that the day is not decided yet.",
).timed
def v1_end(call: Call, at: float | None) -> Said:
    """Look at the path, and at the date if there is one."""
    if call.version != "v1":
        return
    if at is not None and at >= V1_END:
        yield Noticed("path", "REST API v1, after its announced end", "REST API V2")
    elif at is not None and at >= V1_UNSUPPORTED:
        found = "REST API v1, which has no support any more"
        yield Noticed("path", found, "REST API V2, before the end of 2026", mild=True)
    else:
        yield Noticed("path", "REST API v1", "REST API V2, before the end of 2026", mild=True)
