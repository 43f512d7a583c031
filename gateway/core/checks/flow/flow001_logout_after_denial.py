"""A denied decision is no reason for a logout. The user did not ask for one, and the subscription may cover other channels.

A logout within two seconds after a denial comes from the application, not from the user. Adobe's Roku cookbook lists this problem.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange

SOON = 2.0
_LOGOUTS = ("v2 logout", "v1 logout")
_DECISIONS = ("v2 authorize", "v2 preauthorize", "v1 authorize", "v1 preauthorize", "v1 authorization token")


def _device(call: Call) -> str | None:
    return call.device_tag if call.device_tag and call.is_on(*_LOGOUTS, *_DECISIONS) else None


@About(
    id="FLOW001",
    severity="warning",
    title="A logout right after a denied decision",
    page=pages.LOGOUT,
    fix="Show the denial's message, and log out only when the user asks for it.",
    reads=("ap-device-identifier",),
).over_time(_device, remembers=lambda answer: answer.denied)
def logout_after_denial(before: float | None, seen: SeenExchange) -> tuple[float | None, tuple[Noticed, ...]]:
    """Remember the last denial."""
    if not seen.call.is_on(*_LOGOUTS):
        denied = seen.answer is not None and seen.answer.denied
        return (seen.at if denied else before), ()
    if before is None or not 0 <= seen.at - before <= SOON:
        return None, ()
    found = f"a logout {seen.at - before:.1f} s after a denied decision"
    return None, (Noticed("time", found, "a logout that the user asked for"),)
