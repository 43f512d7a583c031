"""A logout has one redirectUrl. If it has two, servers choose differently."""

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
    """Count the parameters of this name."""
    times = sum(pair.name == "redirectUrl" for pair in call.parameters)
    if times > 1 and call.is_on("v2 logout"):
        yield Noticed("query redirectUrl", f"{times} times", "once")
