"""Each route has its method. A call with another method is answered 405.

A v2 logout is a GET, though it removes a profile. A v1 logout is a DELETE.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import shown
from gateway.core.adobe.routes import METHODS, place_of
from gateway.core.checking import About, Noticed, Said


@About(
    id="ROUTE001",
    severity="error",
    title="The wrong method",
    page=pages.OVERVIEW,
    fix="Use the method of the page: GET for a v2 logout, DELETE for v1's.",
    status=405,
).request
def route_method(call: Call) -> Said:
    """Compare with the methods that the path has."""
    if call.misplaced == "method":
        allowed = [method for method in METHODS if not place_of(method, call.path).misplaced]
        yield Noticed("method", shown(call.method), " or ".join(allowed))
