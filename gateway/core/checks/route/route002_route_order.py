"""A path of v2 begins with the service provider, then names the operation: `/api/v2/{serviceProvider}/logout/{mvpd}`.

Two samples of the documentation have the other order: the temporary pass's logout, and a session. Only `authenticate` really comes first.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="ROUTE002",
    severity="error",
    title="The path's segments are swapped",
    page=pages.LOGOUT,
    fix="Put the service provider before the operation.",
    status=400,
    code="invalid_parameter_service_provider",
    open="Which status Adobe sends for a swapped path. Two samples in the documentation have the swapped order.",
).request
def route_order(call: Call) -> Said:
    """Look for the operation where the service provider should be."""
    if call.misplaced == "swapped" and call.route:
        operation = call.path.split("/")[3]
        last = "mvpd" if "mvpd" in call.place.holes else "code"
        found = f"/api/v2/{operation}/{{serviceProvider}}/{{{last}}}"
        yield Noticed("path", found, f"/api/v2/{{serviceProvider}}/{operation}/{{{last}}}")
