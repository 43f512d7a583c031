"""A v2 logout is for one MVPD, and its path ends with the MVPD's id. A v1 logout is for all MVPDs.

The FAQ's table prints the path of v2 without the MVPD. GET /api/v2/{serviceProvider}/profiles lists the MVPDs, as the keys of its map.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="ROUTE003",
    severity="error",
    title="A logout without an MVPD",
    page=pages.LOGOUT,
    fix="Add the MVPD's id to the path, and send one logout for each profile.",
    status=400,
    code="invalid_parameter_mvpd",
).request
def route_mvpd(call: Call) -> Said:
    """Look at a logout's last segment."""
    if call.misplaced == "no mvpd":
        yield Noticed("path", "nothing behind logout", "/api/v2/{serviceProvider}/logout/{mvpd}")
