"""An app that waits for a login on a second screen asks every three to five seconds. Asking more often spends the device's budget.

v2's apps poll the profile by code, v1's apps the authentication by code.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, tag
from gateway.core.checking import About, Noticed, SeenExchange

LEAST = 3.0


def _code(call: Call) -> str | None:
    if not call.is_on("v2 profile by code", "v1 check authentication by code"):
        return None
    return tag(f"{call.provider} {call.code} {call.source_tag}")


@About(
    id="THR004",
    severity="warning",
    title="Polling faster than every three seconds",
    page=pages.CHECKLIST,
    fix="Poll every three to five seconds, and stop on success, after half an hour, and when a new code is made.",
    reads=("ap-device-identifier", "x-forwarded-for"),
).over_time(_code)
def polling(before: float | None, seen: SeenExchange) -> tuple[float, tuple[Noticed, ...]]:
    """Remember the last time."""
    if before is None or not 0 <= seen.at - before < LEAST:
        return seen.at, ()
    return seen.at, (Noticed("time", f"asked again after {seen.at - before:.1f} s", "three to five seconds"),)
