"""If a token's `nbf` is later than the call, one of two clocks is wrong. A device with a wrong clock misses the token's end.

A difference of one minute is allowed.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, starts
from gateway.core.checking import NO_DATE, About, Noticed, Said
from gateway.core.times import date_of


@About(
    id="AUTH007",
    severity="warning",
    title="The access token is not valid yet",
    page=pages.AUTHORIZATION,
    fix="Set the clock of the machine, and compute a token's end from expires_in instead of from exp.",
    reads=("authorization",),
).timed
def token_not_yet_valid(call: Call, at: float | None) -> Said:
    """Compare `nbf` (RFC 7519 section 4.1.5)."""
    start = starts(call.jwt) if call.jwt else None
    if start is None or call.jwt is None or call.jwt.not_before is None:
        return
    if at is None:
        yield NO_DATE
    elif at < start:
        found = f"JWT nbf {date_of(call.jwt.not_before)}"
        yield Noticed("header Authorization", found, "a token whose nbf lies before the call")
