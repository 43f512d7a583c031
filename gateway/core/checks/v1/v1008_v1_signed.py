"""The signed Authorization of v1 begins with the method. Adobe discontinues this mechanism.

No page describes it any more. A rewritten path or method breaks it, since both are signed.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.authorization import Signed
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="V1008",
    severity="info",
    title="Authorization in v1's signed form",
    page=pages.REGISTRATION,
    fix="Register the application dynamically and send a bearer token.",
    inbound=True,
    reads=("authorization",),
).request
def v1_signed(call: Call) -> Said:
    """Look at the form."""
    if call.version == "v1" and isinstance(call.authorization, Signed):
        yield Noticed("header Authorization", call.authorization.shape, "Bearer and an access token")
