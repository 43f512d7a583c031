"""Tokens are kept until they expire. A device that uses more than three tokens an hour fetches one for each call, and will be throttled.

Tokens are counted for each client (the token's `sub`) on each device. So several devices may share the credentials of a build. A call
without a device identifier is not counted.
"""

from msgspec.structs import replace

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange
from gateway.core.recent import NOBODY, Recent

HOUR = 3600.0
FINE = 3


def _client(call: Call) -> str | None:
    return f"{call.subject_tag} {call.device_tag}" if call.token_tag and call.device_tag else None


@About(
    id="AUTH009",
    severity="warning",
    title="A new access token for each call",
    page=pages.CHECKLIST,
    fix="Keep the access token, across restarts too, and use it until expires_in has passed.",
    reads=("ap-device-identifier", "authorization"),
).over_time(_client, rests=lambda recent: recent.rests(within=HOUR, fine=FINE))
def token_per_call(before: Recent | None, seen: SeenExchange) -> tuple[Recent, tuple[Noticed, ...]]:
    """Remember the tokens of the last hour. Report once an hour."""
    tokens = (before or NOBODY).saw(seen.call.token_tag, seen.at, within=HOUR, most=FINE + 1)
    if len(tokens.entries) <= FINE or abs(seen.at - tokens.said) < HOUR:
        return tokens, ()
    found = f"{len(tokens.entries)} different tokens of one device within an hour"
    return replace(tokens, said=seen.at), (Noticed("header Authorization", found, "one token for its six hours"),)
