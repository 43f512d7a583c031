"""Polling ends when the profile is there. The user is logged in, and each further call spends the device's budget.

The finding comes once for each code.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, tag
from gateway.core.checking import About, Noticed, SeenExchange

DONE, SAID = "done", "said"
OK = 200


def _code(call: Call) -> str | None:
    if not call.is_on("v2 profile by code", "v1 check authentication by code"):
        return None
    return tag(f"{call.provider} {call.code} {call.source_tag}")


@About(
    id="THR006",
    severity="warning",
    title="Polling after the login",
    page=pages.CHECKLIST,
    fix="Stop polling when the profile has come, and keep its data.",
    reads=("ap-device-identifier", "x-forwarded-for"),
).over_time(_code, remembers=lambda answer: answer.status == OK)
def polling_after_success(before: str | None, seen: SeenExchange) -> tuple[str | None, tuple[Noticed, ...]]:
    """Remember that the login was seen."""
    if before == SAID:
        return before, ()
    answer = seen.answer
    logged_in = answer is not None and answer.status == OK and (seen.call.version == "v1" or answer.profiles)
    if before is None:
        return (DONE if logged_in else None), ()
    return SAID, (Noticed("path", "asked again for a login that came before", "no call with this code any more"),)
