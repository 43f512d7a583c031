"""redirectUrl is percent-encoded once. A second time turns its colon into `%253A`, and it is no longer a URL.

The mistake happens if an application encodes the URL, and its HTTP library encodes it again.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.redirect_url import read_redirect_url
from gateway.core.checking import About, Noticed, Said


@About(
    id="URL003",
    severity="warning",
    title="redirectUrl is encoded twice",
    page=pages.LOGOUT,
    fix="Encode the URL once, or leave it to the HTTP library.",
    reads_target=True,
).request
def redirect_double_encoded(call: Call) -> Said:
    """Look for `%25` where a URL begins."""
    for pair in call.parameters:
        if pair.name == "redirectUrl" and call.is_on("v2 logout"):
            url = read_redirect_url(pair.raw)
            if "double-encoded" in url.flaws:
                yield Noticed("query redirectUrl", f"{url.shape}, encoded twice", "a URL that is percent-encoded once")
