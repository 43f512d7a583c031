"""An address has one call a second and a burst of ten. After the burst, faster calls are answered 429.

The count follows the throttling page's worked example: a bucket of eleven calls, refilled by one a second. The finding comes once each
time fewer than two calls are left. The page does not say whether the real bucket is refilled, and other calls of the address may
not pass through this gateway.
"""

from typing import ClassVar

from msgspec import Struct

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange

CAPACITY = 11.0
LOW = 2.0
RECOVERED = 6.0


class Bucket(Struct, frozen=True):
    """The calls that an address has left."""

    calls: float
    at: float
    low: bool = False

    size: ClassVar[int] = 200
    """Estimated size in bytes."""


def _address(call: Call) -> str | None:
    return call.address_tag if call.address_tag and call.version != "other" else None


@About(
    id="THR003",
    severity="warning",
    title="The throttle's budget is about to run out",
    page=pages.THROTTLING,
    fix="Spread the calls, poll less often, and send each device's own address in X-Forwarded-For.",
    reads=("x-forwarded-for",),
    open="Whether the burst of ten fills up again, and whether each route has its own budget.",
).over_time(_address)
def throttle_budget(before: Bucket | None, seen: SeenExchange) -> tuple[Bucket, tuple[Noticed, ...]]:
    """Take one call out of the bucket."""
    if before is None:
        return Bucket(CAPACITY - 1, seen.at), ()
    left, then, was_low = before.calls, before.at, before.low
    passed = seen.at - then
    if passed > 0:
        left, then = left + passed, seen.at
    calls = (min(left, CAPACITY)) - 1
    low = calls < (RECOVERED if was_low else LOW)
    after = Bucket(calls if calls > 0 else 0.0, then, low)
    if not low or was_low:
        return after, ()
    noticed = Noticed("time", f"{int(after.calls)} of a burst of ten left", "one call a second from each address")
    return after, (noticed,)
