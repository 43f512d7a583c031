"""An access token is valid until its `exp`. A later call is answered 401, and the user sees an error.

Tokens live for six hours in all samples. The token is judged at the time of the exchange: a recording is judged
at the time of its recording. A token that is no JWT does not say when it ends.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import NO_DATE, About, Noticed, Said


@About(
    id="AUTH003",
    severity="error",
    title="The access token has expired",
    page=pages.AUTHORIZATION,
    fix="Fetch a new token before expires_in has passed. On a 401, fetch a new token and try once more.",
    status=401,
    code="invalid_access_token_client_application",
    reads=("authorization",),
    open="Which code and body Adobe sends for a missing or expired token, or for a token with another scope. Which mistake Adobe reports if a call has several.",
).timed
def token_expired(call: Call, at: float | None) -> Said:
    """Compare the time with `exp`. From `exp` on, a token must not be accepted (RFC 7519 section 4.1.4)."""
    token = call.jwt
    if token is None or token.expires is None:
        return
    if at is None:
        yield NO_DATE
    elif at >= token.expires:
        yield Noticed("header Authorization", token.shape, "a token whose exp lies after the call")
