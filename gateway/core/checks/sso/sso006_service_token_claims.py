"""AD-Service-Token is signed with RS256, and has iss, sub, aud, iat and exp. Otherwise Adobe does not recognise the service's login.

Adobe has the public key that belongs to the signature. The page writes the audience both as `adobe` and as `Adobe`.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import SERVICE, SSO
from gateway.core.adobe.tokens import Jwt
from gateway.core.checking import About, Noticed, Said

_CLAIMS = ("iss", "sub", "aud", "iat", "exp")


@About(
    id="SSO006",
    severity="warning",
    title="The service token is incomplete",
    page=pages.SERVICE_TOKEN,
    fix="Sign the token with RS256 and give it iss, sub, aud, iat and exp, with adobe as the audience.",
    reads=SSO,
).request
def service_token_claims(call: Call) -> Said:
    """Look at the algorithm, the claims' names and the audience."""
    token = call.sso.get(SERVICE)
    if not isinstance(token, Jwt) or token.encrypted:
        return
    if token.algorithm != "RS256":
        yield Noticed("header AD-Service-Token", "a JWT of another algorithm", "RS256")
    missing = [name for name in _CLAIMS if name not in token.claims]
    if missing:
        yield Noticed("header AD-Service-Token", f"a JWT without {', '.join(missing)}", f"{', '.join(_CLAIMS)}")
    elif "adobe" not in {audience.lower() for audience in token.audience}:
        yield Noticed("header AD-Service-Token", "a JWT for another audience", "aud adobe")
