"""A profile belongs to the client credentials of its login. A device that changes its credentials is logged out.

The `sub` of an access token is taken as the client's id. A device has one client for each service provider and each version of the API.
The second, third and fourth client of a device are reported, each once.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.tokens import Jwt
from gateway.core.checking import About, Noticed, SeenExchange

KNOWN = 4


def _device(call: Call) -> str | None:
    if not call.device_tag or not call.subject_tag or call.route is None:
        return None
    return f"{call.version} {call.provider} {call.device_tag}"


@About(
    id="AUTH008",
    severity="warning",
    title="A device's client credentials change",
    page=pages.FAQ,
    fix="Register once for each installation, keep client_id and client_secret, and fetch every token with them.",
    reads=("ap-device-identifier", "authorization"),
).over_time(_device, timed=False)
def client_identity_changes(
    before: tuple[str, ...] | None, seen: SeenExchange
) -> tuple[tuple[str, ...], tuple[Noticed, ...]]:
    """Remember the clients of a device."""
    known = before or ()
    subject = seen.call.subject_tag
    if subject in known or len(known) == KNOWN:
        return known, ()
    after = (*known, subject)
    if not known:
        return after, ()
    token = seen.call.jwt
    found = f"{token.shape if isinstance(token, Jwt) else 'a JWT'}, client number {len(after)} of this device"
    return after, (Noticed("header Authorization", found, "the client that this device had before"),)
