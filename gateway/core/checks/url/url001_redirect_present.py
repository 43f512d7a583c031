"""A logout's redirectUrl says where the browser goes when the MVPD has logged the user out. Without it the answer is 400.

The OpenAPI file calls it optional, the page calls it required. When the browser opens it, the application knows that the logout is done.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="URL001",
    severity="error",
    title="No redirectUrl",
    page=pages.LOGOUT,
    fix="Add redirectUrl, an absolute URL, percent-encoded once.",
    status=400,
    code="invalid_parameter_redirect_url",
    open="Whether a logout without redirectUrl uses the channel's backup redirect URL. The OpenAPI file calls the parameter optional.",
).request
def redirect_present(call: Call) -> Said:
    """Look for a value."""
    if call.is_on("v2 logout") and not any(pair.name == "redirectUrl" and pair.raw for pair in call.parameters):
        names = {pair.name.lower() for pair in call.parameters}
        found = "no value, or the name in another case" if "redirecturl" in names else "no such parameter"
        yield Noticed("query redirectUrl", found, "an absolute URL, percent-encoded")
