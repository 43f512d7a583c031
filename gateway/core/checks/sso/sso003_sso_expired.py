"""An expired single sign-on token is ignored silently: the call is served as if it had no token.

So a single logout with it logs out only this application.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import SSO
from gateway.core.adobe.tokens import Jwt
from gateway.core.checking import NO_DATE, About, Noticed, Said


@About(
    id="SSO003",
    severity="warning",
    title="The single sign-on token has expired",
    page=pages.SUBJECT_TOKEN,
    fix="Ask the platform or the service for a new token before the call.",
    reads=SSO,
).timed
def sso_expired(call: Call, at: float | None) -> Said:
    """Compare the time with `exp`."""
    for name, token in call.sso.items():
        if not isinstance(token, Jwt) or token.expires is None:
            continue
        if at is None:
            yield NO_DATE
        elif at >= token.expires:
            yield Noticed(f"header {name}", token.shape, "a token whose exp lies after the call")
