"""A logout that is answered `invalid` found no valid profile. The user may still be logged in by a login that this call cannot see.

If the user was never logged in, or was logged out before, nothing is wrong. Otherwise there are four causes:

1. The device identifier differs from the login's (DEV006).
2. The client credentials differ from the login's (AUTH008, AUTH014).
3. The login was made through single sign-on, and the logout lacks its header (SSO002, SSO007).
4. The login was made through v1, and v2 does not see it (V1002).
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.malformed import shown
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP011",
    severity="warning",
    title="A logout that found no profile",
    page=pages.LOGOUT,
    fix="Compare device identifier, client credentials and single sign-on headers with the login's. A login of v1 needs a logout of v1.",
    quotes_body=True,
    open="Whether a repeated logout is answered invalid. What a logout under degraded access does to the regular profile behind it.",
).answer
def answer_invalid(route: Route | None, answer: Answer) -> Said:
    """Look at the actions."""
    if route is None or route.name != "v2 logout":
        return
    for entry in answer.logouts or ():
        if entry.action == "invalid":
            expected = (
                "the device identifier, the client and the single sign-on headers of the login, and a login of v2"
            )
            yield Noticed(f"body logouts {shown(entry.key)}", "no valid profile", expected)
