"""If redirectUrl is plain http, a logout ends over a connection that anybody on the way can read and change.

Adobe's own sample asks for https and gets http back in the answer's url.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.redirect_url import read_redirect_url
from gateway.core.checking import About, Noticed, Said


@About(
    id="URL005",
    severity="warning",
    title="redirectUrl is plain http",
    page=pages.LOGOUT,
    fix="Use https, or the application's own scheme.",
    reads_target=True,
).request
def redirect_secure(call: Call) -> Said:
    """Look at the scheme."""
    for pair in call.parameters:
        if pair.name == "redirectUrl" and call.is_on("v2 logout") and read_redirect_url(pair.raw).scheme == "http":
            yield Noticed("query redirectUrl", "an http URL", "an https URL, or one of the application's own scheme")
