"""REST API V2 takes bearer tokens only. It takes no other scheme, no bare token, and no v1 signature.

The signed form of v1 begins with the method instead of a scheme. It stays valid on v1 for the time being.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.authorization import Signed
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="AUTH002",
    severity="error",
    title="Authorization is not a bearer token",
    page=pages.AUTHORIZATION,
    fix="Write Bearer, one space, and the access token.",
    status=401,
    code="invalid_access_token_client_application",
    reads=("authorization",),
    open="Which code and body Adobe sends for a missing or expired token, or for a token with another scope. Which mistake Adobe reports if a call has several.",
).request
def authorization_scheme(call: Call) -> Said:
    """Look at what stands before the token."""
    if not call.route or call.route.version != "v2" or call.route.browser:
        return
    match call.authorization:
        case Malformed(redacted=True):
            yield REDACTED
        case Malformed(found=found) | Signed(shape=found):
            yield Noticed("header Authorization", found, "Bearer and an access token")
