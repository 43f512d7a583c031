"""A call has only the headers that its page defines. The checklist warns of a 400 for other headers.

AP-Partner-Framework-Status and AP-TempPass-Identity belong to logins and decisions, not to a logout. The device's two headers
are allowed everywhere: the checklist wants them on every call, though some pages do not list them. Platform tokens are allowed everywhere,
too: Amazon's token is wanted on every call, and RokuOS adds Roku's token by itself.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import OPTIONAL, ROKU, SUBJECT
from gateway.core.checking import About, Noticed, Said

_APART = OPTIONAL - {ROKU, SUBJECT}


@About(
    id="HDR001",
    severity="warning",
    title="A header that this route does not have",
    page=pages.CHECKLIST,
    fix="Leave the header out here. Send it only on the routes that its own page names.",
    reads=_APART,
    presence=True,
    open="Whether Adobe really answers 400 to an undefined header.",
).request
def header_undefined(call: Call) -> Said:
    """Compare with the table of the route."""
    if call.route and call.route.version == "v2":
        for name in sorted(call.present(_APART - call.route.allows)):
            yield Noticed(f"header {name}", "a value", f"no such header on {call.route.name}")
