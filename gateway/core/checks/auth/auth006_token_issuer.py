"""Access tokens for Adobe Pass are issued by Adobe's authentication servers. A token of another issuer is for another API.

The mistake happens if an application has several tokens, such as a user account's or another product's.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.hosts import environment_of
from gateway.core.adobe.malformed import shown
from gateway.core.checking import About, Noticed, Said


@About(
    id="AUTH006",
    severity="warning",
    title="The access token is another issuer's",
    page=pages.AUTHORIZATION,
    fix="Send the token of POST /o/client/token, and no other token that the application may have.",
    reads=("authorization",),
).request
def token_issuer(call: Call) -> Said:
    """Compare `iss` with the names of Adobe's servers."""
    token = call.jwt
    if token and token.issuer and not environment_of(token.issuer.removeprefix("https://").rstrip("/")):
        yield Noticed("header Authorization", f"a JWT of the issuer {shown(token.issuer)}", "iss auth.adobe.com")
