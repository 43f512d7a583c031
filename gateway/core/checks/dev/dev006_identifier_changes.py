"""A device keeps its identifier; one that has another at logout than at login finds no profile to remove, and stays logged in.

Two identifiers with one access token, one address and one description are one device, or two alike that share a token. It is a
warning at first. It is an error once the new identifier has come ten more times, and the old one not again. If the old one comes
again, or there are three, they are several devices, and nothing is said any more.

Televisions of a lab that share the credentials of a build have a token each, so they are never taken for one device. AUTH013 speaks
of shared credentials, RESP011 of a logout that found nothing.
"""

from typing import NamedTuple

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, tag
from gateway.core.adobe.device_identifier import DeviceIdentifier
from gateway.core.checking import About, Noticed, SeenExchange

GONE = 10
"""How often the new identifier comes without the old one until that counts as gone."""


class Identifiers(NamedTuple):
    """What came with one token."""

    old: str
    new: str = ""
    since: int = 0
    """How often the new one came after its first time."""
    several: bool = False
    """Whether they are known to be several devices."""

    @property
    def size(self) -> int:
        """About how many bytes it takes: two tags."""
        return 400


def _device(call: Call) -> str | None:
    if not call.token_tag or not call.address_tag or not call.device_tag:
        return None
    described = call.described
    about = " ".join([described.text(name) for name in ("model", "version", "osVersion")]) if described else ""
    return f"{call.token_tag} {call.address_tag} {tag(call.user_agent + about)}"


@About(
    id="DEV006",
    severity="error",
    milder="warning",
    title="A device's identifier changes",
    page=pages.FAQ,
    fix="Make the identifier once, keep it where updates and restarts leave it alone, and send it on every call.",
    reads=("ap-device-identifier", "authorization", "user-agent", "x-device-info", "x-forwarded-for"),
).over_time(_device, timed=False)
def identifier_changes(before: Identifiers | None, seen: SeenExchange) -> tuple[Identifiers, tuple[Noticed, ...]]:
    """Remember both identifiers, and which of them still comes."""
    device = seen.call.device_tag
    if before is None:
        return Identifiers(device), ()
    if before.several or (not before.new and device == before.old) or before.since == GONE:
        return before, ()
    identifier = seen.call.identifier
    what = identifier.shape if isinstance(identifier, DeviceIdentifier) else "an identifier"
    where = "header AP-Device-Identifier" if identifier is not None else "parameter deviceId"
    if not before.new:
        found = f"{what}, not the one that this token came with before"
        return before._replace(new=device), (Noticed(where, found, "the identifier of the login", mild=True),)
    if device != before.new:
        return before._replace(several=True), ()
    after = before._replace(since=before.since + 1)
    if after.since < GONE:
        return after, ()
    found = f"{what}, and the one before has not come again"
    return after, (Noticed(where, found, "the identifier of the login"),)
