"""Production does not know tokens of the staging environment, and staging does not know tokens of production.

The check looks for an issuer that names staging. Most issuers are `auth.adobe.com`. AUTH011 finds tokens that both environments get.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.hosts import environment_of, read_origin
from gateway.core.checking import About, Noticed, Said


@About(
    id="AUTH010",
    severity="warning",
    title="A staging token on a production host",
    page=pages.ENVIRONMENTS,
    fix="Keep credentials and tokens of each environment apart.",
    reads=("authorization",),
).request
def token_environment(call: Call) -> Said:
    """Compare the issuer's environment with the host's."""
    if not call.origin or call.jwt is None:
        return
    issued = environment_of(call.jwt.issuer.removeprefix("https://").rstrip("/"))
    used = read_origin(call.origin).environment
    if issued == "staging" and used == "production":
        yield Noticed("header Authorization", "a JWT that staging issued", "a token of production")
