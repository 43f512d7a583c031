"""`invalid_integration` says that service provider and MVPD are not connected, or no longer connected. No change of the call helps.

The FAQ says: while an integration is switched off, users who are logged in cannot log out.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP012",
    severity="warning",
    title="The integration is not active",
    page=pages.INTEGRATIONS,
    fix="In the TVE Dashboard, switch on the integration of this service provider and this MVPD. Offer only MVPDs of the configuration.",
    open="Whether an unknown MVPD is answered invalid_integration or invalid_parameter_mvpd.",
).answer
def answer_integration(_route: Route | None, answer: Answer) -> Said:
    """Look at the code."""
    error = answer.error
    if error is not None and error.code in {"invalid_integration", "unknown_integration"}:
        yield Noticed("body code", error.code, "an active integration of service provider and MVPD")
