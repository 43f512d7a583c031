"""connectionSecure is true or false. It says whether the network is secure, or a public hot spot.

The page names the two values, but not their type. For the text of one of them, the finding is only a note. Other values have no meaning.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO012",
    severity="warning",
    milder="info",
    title="connectionSecure is not true or false",
    page=pages.DEVICE_INFO,
    fix="Write true or false without quotation marks, or leave the member out.",
    reads=("x-device-info",),
    open='Whether the text "true" counts as true in connectionSecure.',
).request
def info_secure(call: Call) -> Said:
    """Look at the member's type."""
    value = call.described.members.get("connectionSecure") if call.described else None
    if value is None or isinstance(value, bool):
        return
    mild = value in {"true", "false"} if isinstance(value, str) else False
    kind = (
        "a text" if isinstance(value, str) else "a number" if isinstance(value, int | float) else "a list or an object"
    )
    found = f'the text "{value}"' if mild else f"{kind} that is neither true nor false"
    yield Noticed("header X-Device-Info, connectionSecure", found, "true or false", mild=mild)
