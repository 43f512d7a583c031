"""A partner's single sign-on needs the status of the partner's framework. Both of its routes take it in AP-Partner-Framework-Status.

The tables call the header optional. The FAQ says that it is always sent.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import STATUS
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR010",
    severity="warning",
    title="No partner status on a partner's route",
    page=pages.FAQ,
    fix="Send AP-Partner-Framework-Status with every call of a partner's single sign-on.",
    reads=(STATUS,),
    presence=True,
).request
def partner_status_present(call: Call) -> Said:
    """Look for a value."""
    if call.is_on("v2 partner session", "v2 partner profile") and call.lacks(STATUS):
        yield Noticed("header AP-Partner-Framework-Status", "no such header", "the Base64 of the framework's status")
