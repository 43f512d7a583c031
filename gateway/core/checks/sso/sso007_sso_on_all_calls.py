"""Amazon's token is on every call of v2, or on no call. A call without it is served as if there were no single sign-on.

So one half of the application sees a login that the other half does not see. SSO002 checks logouts. The finding comes once for each device.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import SUBJECT
from gateway.core.checking import About, Noticed, SeenExchange

WITH, WITHOUT, BOTH = "with", "without", "both"


def _device(call: Call) -> str | None:
    if call.version != "v2" or call.route is None or call.route.browser or call.is_on("v2 logout"):
        return None
    return call.source_tag or None


@About(
    id="SSO007",
    severity="warning",
    title="Amazon's token on some calls only",
    page=pages.AMAZON,
    fix="Ask the platform for the token before the first call, and send Adobe-Subject-Token with every call of v2.",
    reads=("adobe-subject-token", "ap-device-identifier", "x-forwarded-for"),
).over_time(_device, timed=False)
def sso_on_all_calls(before: str | None, seen: SeenExchange) -> tuple[str, tuple[Noticed, ...]]:
    """Remember whether earlier calls had the token."""
    now = WITHOUT if seen.call.lacks(SUBJECT) else WITH
    if before is None or before in {now, BOTH}:
        return before or now, ()
    found = (
        "no such header, though earlier calls had it"
        if now == WITHOUT
        else "a token, though earlier calls had no token"
    )
    return BOTH, (Noticed("header Adobe-Subject-Token", found, "the token on every call of v2, or on no call"),)
