"""A request without a body has no Content-Type. A logout has no body."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR003",
    severity="warning",
    title="A Content-Type without a body",
    page=pages.LOGOUT,
    fix="Leave Content-Type out of calls that have no body.",
    reads=("content-type",),
).request
def content_type_undefined(call: Call) -> Said:
    """Look for a Content-Type."""
    if call.route and call.route.version == "v2" and not call.route.content and call.has("content-type"):
        yield Noticed("header Content-Type", "a value", f"no such header on {call.route.name}")
