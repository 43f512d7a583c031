"""A call of v1 needs deviceId, and on most routes requestor, too. A call without them is answered 400.

A logout needs deviceId. The page does not say that it needs requestor, and some clients leave it out.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="V1003",
    severity="error",
    title="A parameter of v1 is missing",
    page=pages.V1_REFERENCE,
    fix="Add it to the query, percent-encoded once.",
    status=400,
    code="invalid_device_id",
    inbound=True,
    open="Which errors a v1 logout has. Its page lists no errors.",
).request
def v1_parameters(call: Call) -> Said:
    """Look in query and form. If the form was not read, there is no finding."""
    if call.route is None or call.route.version != "v1" or call.misplaced:
        return
    if call.form is None:
        return
    for name in sorted(call.route.needs):
        if not call.parameter(name):
            yield Noticed(f"query {name}", "no value", "a value")
