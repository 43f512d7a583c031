"""Temporary access needs no logout: its profile ends by itself, and there is no login at an MVPD to end.

The check knows temporary access by the MVPD's id, which usually contains TempPass. The logout's answer is complete, and the app has
nothing left to do.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="FLOW003",
    severity="info",
    title="A logout of temporary access",
    page=pages.TEMPORARY,
    fix="Do not send the logout. The documentation says that it is not required.",
).request
def logout_of_temporary(call: Call) -> Said:
    """Look at the MVPD."""
    if call.is_on("v2 logout") and "temppass" in call.place.holes.get("mvpd", "").lower().replace("_", "").replace(
        "-", ""
    ):
        yield Noticed("path", "a logout of a TempPass", "no logout")
