"""Adobe-Subject-Token is Amazon's, X-Roku-Reserved-Roku-Connect-Token is Roku's. No device has both.

The tables join them with "or". No page says which one counts if a call has both.
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
    fix="Send the token of the device's own platform.",
    reads=(SUBJECT, ROKU),
    presence=True,
    open="Which platform token counts if a call has both.",
).request
def sso_one_platform(call: Call) -> Said:
    """Look for both tokens."""
    if call.header(SUBJECT) and call.header(ROKU):
        found = "Adobe-Subject-Token beside X-Roku-Reserved-Roku-Connect-Token"
        yield Noticed("header Adobe-Subject-Token", found, "one of the two")
