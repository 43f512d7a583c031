"""An access token is one word on one line. If it begins like a JWT, all of it is Base64 and JSON.

The example of the documentation is wrapped over many lines. A copy with its spaces is not a token.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.authorization import Bearer
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_identifier import is_placeholder
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="AUTH005",
    severity="warning",
    title="The access token is damaged",
    page=pages.AUTHORIZATION,
    fix="Send the token exactly as POST /o/client/token returned it, without spaces and line breaks.",
    reads=("authorization",),
).request
def token_malformed(call: Call) -> Said:
    """Say what the parser could not read."""
    authorization = call.authorization
    if not isinstance(authorization, Bearer) or authorization.malformed is None:
        return
    if authorization.malformed.redacted:
        yield REDACTED
    elif not is_placeholder(authorization.token):
        yield Noticed(
            "header Authorization", f"Bearer and {authorization.malformed.found}", authorization.malformed.expected
        )
