"""v1 takes a bearer token, as v2 does. Without the token, most routes answer "Not Authorized".

The page of v1's logout does not list the header, so the finding is only a warning.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import AUTHORIZATION
from gateway.core.checking import About, Noticed, Said


@About(
    id="V1004",
    severity="warning",
    title="A v1 call without Authorization",
    page=pages.V1_REFERENCE,
    fix="Send Authorization: Bearer and an access token of the v1 application.",
    inbound=True,
    reads=(AUTHORIZATION,),
    presence=True,
).request
def v1_authorization(call: Call) -> Said:
    """Look for a value."""
    if call.route and call.route.version == "v1" and not call.route.browser and call.lacks(AUTHORIZATION):
        yield Noticed("header Authorization", "no such header", "Bearer and an access token")
