"""A client fetches a new access token with its own credentials. Registering again makes another client, which is not logged in.

The check finds a device whose token has ended, and that then has a token of another client. It also finds a device's second
registration, if the registration names the device.
"""

from math import inf
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange

EARLY = 300.0
"""Number of seconds before a token's end in which applications may refresh it."""


class KnownClient(Struct, frozen=True, array_like=True, gc=False):
    """What is known of a device's client."""

    subject: str = ""
    ends: float | None = None
    registered: bool = False
    """Whether the gateway saw the device register."""
    token: str = ""
    """The tag of its token. The same token tells nothing new, so the check does not read it again."""

    size: ClassVar[int] = 400
    """Estimated size in bytes."""


_UNKNOWN = KnownClient()


def _device(call: Call) -> str | None:
    if not call.device_tag or not (call.is_on("register") or (call.version == "v2" and call.subject_tag)):
        return None
    return call.device_tag


@About(
    id="AUTH014",
    severity="warning",
    title="Registered again instead of fetching a token",
    page=pages.REGISTRATION,
    fix="Fetch a new access token from POST /o/client/token with the client_id and client_secret that were kept.",
    reads=("ap-device-identifier", "authorization"),
).over_time(_device, rests=lambda _: inf)  # the same token of the same client never adds anything
def registered_again(before: KnownClient | None, seen: SeenExchange) -> tuple[KnownClient, tuple[Noticed, ...]]:
    """Remember the device's client, and when its token ends."""
    known = before or _UNKNOWN
    if seen.call.is_on("register"):
        after = known if known.registered else replace(known, registered=True)
        said = Noticed("path", "the second registration of this device", "the credentials of the first registration")
        return after, ((said,) if known.registered else ())
    token = seen.call.token_tag
    if known.token == token:
        return known, ()
    read = seen.call.jwt
    ends = read.expires if read is not None else None
    subject = seen.call.subject_tag
    after = KnownClient(subject, ends, known.registered, token)
    if known.subject == subject:
        return after, ()
    if not known.subject or known.ends is None or seen.at < known.ends - EARLY:
        return after, ()
    found = "another client, after the previous client's token has ended"
    return after, (Noticed("header Authorization", found, "a new token of the same client"),)
