"""v2 answers JSON. Accept asks for application/json, since October 2025 with charset=utf-8, or is left out.

Both spellings are accepted. The libraries of many platforms send `*/*`, or a list with JSON in it, by default. Such calls were answered,
so the finding is only a note.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.accept import EXPECTED, read_accept
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR004",
    severity="warning",
    milder="info",
    title="Accept is not application/json",
    page=pages.LOGOUT,
    fix="Send Accept: application/json;charset=utf-8, or no Accept.",
    reads=("accept",),
    open="What Adobe answers to other values of Accept. By its wording, the page forbids them.",
).request
def accept_json(call: Call) -> Said:
    """Compare Accept with application/json."""
    if call.route and call.route.version == "v2" and call.route.json and call.header("accept"):
        accept = read_accept(", ".join(call.lines("accept")))
        if isinstance(accept, Malformed):
            yield Noticed("header Accept", accept.found, accept.expected)
        elif not accept.exact:
            yield Noticed("header Accept", accept.found, EXPECTED, mild=True)
