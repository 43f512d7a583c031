"""deviceUser and appId are old parameters of v1. The device information has replaced deviceType.

The old parameters still work if they are the same as when the registration code was made.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said

_DEPRECATED = ("appId", "deviceUser")


@About(
    id="V1007",
    severity="info",
    title="A parameter of v1 that is out of use",
    page=pages.V1_LOGOUT,
    fix="Leave it out.",
    inbound=True,
).request
def v1_deprecated(call: Call) -> Said:
    """Look for the names of old parameters."""
    if call.version == "v1":
        given = {pair.name for pair in call.parameters}
        for name in _DEPRECATED:
            if name in given:
                yield Noticed(f"query {name}", "a value", "no such parameter")
