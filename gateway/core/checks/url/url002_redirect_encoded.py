"""redirectUrl is percent-encoded as a whole. A bare `://` may pass, but the text after the URL's own `?` and `&` is lost.

Redaction encodes a URL again when it replaces parameters of it. Then the original encoding cannot be seen.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.redirect_url import read_redirect_url
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="URL002",
    severity="warning",
    title="redirectUrl is not percent-encoded",
    page=pages.LOGOUT,
    fix="Encode the URL as one component: encodeURIComponent, quote(url, safe=''), URLEncoder.",
    reads_target=True,
).request
def redirect_encoded(call: Call) -> Said:
    """Look for characters that an encoder would not leave."""
    for pair in call.parameters:
        if pair.name == "redirectUrl" and call.is_on("v2 logout"):
            url = read_redirect_url(pair.raw)
            if "not encoded" in url.flaws:
                yield Noticed("query redirectUrl", f"{url.shape}, not encoded", "a URL that is percent-encoded once")
            elif url.redacted:
                yield REDACTED
