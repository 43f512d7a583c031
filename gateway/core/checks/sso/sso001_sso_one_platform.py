"""Adobe-Subject-Token is Amazon's and X-Roku-Reserved-Roku-Connect-Token is Roku's; no device has both.

The tables join them with "or". Which one counts where both are sent, no page says.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import ROKU, SUBJECT
from gateway.core.checking import About, Noticed, Said


@About(
    id="SSO001",
    severity="warning",
    title="Platform tokens of two platforms",
    page=pages.SUBJECT_TOKEN,
    fix="Send the token of the platform that the device is of.",
    reads=(SUBJECT, ROKU),
    presence=True,
    open="Which platform token counts if a call has both.",
).request
def sso_one_platform(call: Call) -> Said:
    """Look for both."""
    if call.header(SUBJECT) and call.header(ROKU):
        found = "Adobe-Subject-Token beside X-Roku-Reserved-Roku-Connect-Token"
        yield Noticed("header Adobe-Subject-Token", found, "one of both")
