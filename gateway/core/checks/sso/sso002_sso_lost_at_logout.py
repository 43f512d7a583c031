"""Adobe finds a single sign-on login by its token. A logout without the token removes only the regular profile.

So the sign-out does not last: when the next application asks with the token, the user is signed in again.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import SSO
from gateway.core.checking import About, Noticed, SeenExchange

_NONE: frozenset[str] = frozenset()
_LOGIN = ("v2 create session", "v2 profiles", "v2 profile")
_NAMES = {
    "adobe-subject-token": "Adobe-Subject-Token",
    "x-roku-reserved-roku-connect-token": "X-Roku-Reserved-Roku-Connect-Token",
    "ad-service-token": "AD-Service-Token",
}


def _device(call: Call) -> str | None:
    if not call.device_tag or not call.is_on("v2 logout", *_LOGIN):
        return None
    return f"{call.provider} {call.device_tag}"


@About(
    id="SSO002",
    severity="warning",
    title="The logout lacks the token of the login",
    page=pages.SINGLE_LOGOUT,
    fix="Send the logout with the same single sign-on headers as the login and the profiles.",
    reads=(*SSO, "ap-device-identifier"),
).over_time(_device, timed=False)
def sso_lost_at_logout(
    before: frozenset[str] | None, seen: SeenExchange
) -> tuple[frozenset[str] | None, tuple[Noticed, ...]]:
    """Remember the login's tokens until the logout. Remember nothing of a device without tokens."""
    present = seen.call.sso_names
    known = before or _NONE
    if not seen.call.is_on("v2 logout"):
        return (before if present <= known else known | present), ()
    if known <= present:
        return before, ()
    lost = sorted(known - present)
    expected = "the token that the login had"
    return known, tuple(Noticed(f"header {_NAMES[name]}", "no such header", expected) for name in lost)
