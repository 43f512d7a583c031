"""redirectUrl is absolute, since the browser comes from the MVPD's own site. A path alone leads nowhere.

A URL with an application's own scheme is absolute, too, even with nothing behind its `://`.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.redirect_url import read_redirect_url
from gateway.core.checking import About, Noticed, Said


@About(
    id="URL004",
    severity="warning",
    title="redirectUrl is not absolute",
    page=pages.LOGOUT,
    fix="Write the URL with its scheme. For http and https, write its host, too.",
    status=400,
    code="invalid_parameter_redirect_url",
    reads_target=True,
    open="Whether a logout's redirectUrl must have a domain that is registered for the application. Registration checks this, but no page says so for a logout.",
).request
def redirect_absolute(call: Call) -> Said:
    """Look for a scheme."""
    for pair in call.parameters:
        if pair.name == "redirectUrl" and pair.raw and call.is_on("v2 logout"):
            url = read_redirect_url(pair.raw)
            if "not absolute" in url.flaws:
                yield Noticed("query redirectUrl", f"{url.shape} that are no absolute URL", "an absolute URL")
