"""A GET of this API has no body. A logout is a GET, too."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR002",
    severity="warning",
    title="A body on a route that has none",
    page=pages.LOGOUT,
    fix="Leave the body out.",
).request
def body_undefined(call: Call) -> Said:
    """Look for a body."""
    if call.route and call.route.version == "v2" and not call.route.content and call.has_body:
        yield Noticed("body", "a body", f"no body on {call.route.name}")
