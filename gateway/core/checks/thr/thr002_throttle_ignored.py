"""After a 429, a client waits for a second. A client that calls sooner keeps the throttle closed.

Calls are counted by X-Forwarded-For, as Adobe counts them.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange

WAIT = 1.0
REFUSED = 429
"""The status of a call above the limit (RFC 6585 section 4)."""


def _address(call: Call) -> str | None:
    return call.address_tag if call.address_tag and call.version != "other" else None


@About(
    id="THR002",
    severity="warning",
    title="A call sooner than a second after a 429",
    page=pages.THROTTLING,
    fix="Wait a second or more after a 429, and each time longer.",
    reads=("x-forwarded-for",),
).over_time(_address, remembers=lambda answer: answer.status == REFUSED)
def throttle_ignored(before: float | None, seen: SeenExchange) -> tuple[float | None, tuple[Noticed, ...]]:
    """Remember the last 429 for as long as it counts."""
    refused = seen.answer is not None and seen.answer.status == REFUSED
    if before is None:
        return (seen.at if refused else None), ()
    soon = 0 <= seen.at - before < WAIT
    after = seen.at if refused else before if soon else None
    if not soon:
        return after, ()
    found = f"a call {seen.at - before:.1f} s after a 429"
    return after, (Noticed("time", found, "a second or more"),)
