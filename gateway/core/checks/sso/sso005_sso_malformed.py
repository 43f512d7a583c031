"""Single sign-on tokens are JWS or JWE. Another value is ignored silently: the call is served as if it had no token.

The documentation's own samples are cut off and end with spaces and dots.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.routes import SSO
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="SSO005",
    severity="warning",
    title="The single sign-on token is damaged",
    page=pages.SUBJECT_TOKEN,
    fix="Send the token exactly as the platform or the service returned it.",
    reads=SSO,
).request
def sso_malformed(call: Call) -> Said:
    """Say what the parser could not read."""
    for name, token in call.sso.items():
        if isinstance(token, Malformed):
            yield REDACTED if token.redacted else Noticed(f"header {name}", token.found, token.expected)
