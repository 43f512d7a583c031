"""Every call of the API carries an access token. A call without a token, or with a blank one, is answered 401.

The browser's own routes are the exception: the user of a television may open them on another screen, where there is no token.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import AUTHORIZATION
from gateway.core.checking import About, Noticed, Said


@About(
    id="AUTH001",
    severity="error",
    title="No access token",
    page=pages.AUTHORIZATION,
    fix="Send Authorization: Bearer and the access token of POST /o/client/token.",
    status=401,
    code="invalid_access_token_client_application",
    reads=(AUTHORIZATION,),
    presence=True,
    open="Which code and body Adobe sends for a missing or expired token, or for a token with another scope. Which mistake Adobe reports if a call has several.",
).request
def authorization_present(call: Call) -> Said:
    """Look for a value."""
    if call.route and AUTHORIZATION in call.route.requires and call.lacks(AUTHORIZATION):
        found = "a blank value" if call.has(AUTHORIZATION) else "no such header"
        yield Noticed("header Authorization", found, "Bearer and an access token")
