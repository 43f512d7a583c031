"""v1 needs the token of an application that is registered for v1. A token of v2 has only the scope `api:client:v2`.

An application is registered for one version. After its move to v2, it uses v2 for all calls.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.authorization import V2_SCOPE
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="V1010",
    severity="warning",
    title="A token of v2 on v1",
    page=pages.REGISTRATION,
    fix="Move all calls to v2, or fetch a token with the credentials of the application that is registered for v1.",
    inbound=True,
    reads=("authorization",),
    open="What v1 answers to a token of v2.",
).request
def v1_token_of_v2(call: Call) -> Said:
    """Look at the scopes."""
    if call.version == "v1" and call.jwt is not None and call.jwt.scopes == frozenset({V2_SCOPE}):
        yield Noticed("header Authorization", f"a JWT with the scope {V2_SCOPE}", "a token of v1's application")
