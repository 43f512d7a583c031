"""A GET of this API has no body, a logout neither."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR002",
    severity="warning",
    title="A body where there is none",
    page=pages.LOGOUT,
    fix="Leave the body out.",
).request
def body_undefined(call: Call) -> Said:
    """Look for one."""
    if call.route and call.route.version == "v2" and not call.route.content and call.has_body:
        yield Noticed("body", "a body", f"no body on {call.route.name}")
