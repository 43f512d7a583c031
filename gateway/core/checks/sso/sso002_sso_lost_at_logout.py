"""A login through single sign-on is found by its token again; a logout without it removes the regular profile and leaves the other.

So the user is signed out here, and signed in again by the next application that asks.
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
    fix="Send the same single sign-on headers with the logout that the login and the profiles had.",
    reads=(*SSO, "ap-device-identifier"),
).over_time(_device, timed=False)
def sso_lost_at_logout(
    before: frozenset[str] | None, seen: SeenExchange
) -> tuple[frozenset[str] | None, tuple[Noticed, ...]]:
    """Remember the tokens of the login until the logout; nothing of a device that has none."""
    present = seen.call.sso_names
    known = before or _NONE
    if not seen.call.is_on("v2 logout"):
        return (before if present <= known else known | present), ()
    if known <= present:
        return before, ()
    lost = sorted(known - present)
    expected = "the token that the login had"
    return known, tuple(Noticed(f"header {_NAMES[name]}", "no such header", expected) for name in lost)
