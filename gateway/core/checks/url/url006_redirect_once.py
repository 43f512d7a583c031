"""redirectUrl stands once; of two, each server picks its own."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="URL006",
    severity="warning",
    title="redirectUrl more than once",
    page=pages.LOGOUT,
    fix="Send the parameter once.",
).request
def redirect_once(call: Call) -> Said:
    """Count."""
    times = sum(pair.name == "redirectUrl" for pair in call.parameters)
    if times > 1 and call.is_on("v2 logout"):
        yield Noticed("query redirectUrl", f"{times} times", "once")
