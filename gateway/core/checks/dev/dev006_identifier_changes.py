"""A device keeps its identifier. If it changes between login and logout, the logout finds no profile, and the device stays logged in.

Two identifiers of one client, one address and one description belong to one device, or to two devices that are alike.

With one access token, the finding is a warning at once. It is an error when ten more calls had the new identifier, and no call had the
old one.

With two tokens, the second device may be another television of a lab that shares a build's credentials. The finding is a warning when
ten more calls had the new identifier, and no call had the old one.

If the old identifier or a third one comes, they are several devices, and there is no further finding. AUTH013 reports shared credentials,
RESP011 a logout that found no profile.
"""

from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_identifier import DeviceIdentifier
from gateway.core.checking import About, Noticed, SeenExchange

GONE = 10
"""Number of calls with the new identifier, and no call with the old one, after which the old one counts as gone."""


class Identifiers(Struct, frozen=True, array_like=True, gc=False):
    """The identifiers of one client at one address. All texts are tags."""

    old: str
    token: str
    """The last token that the old identifier came with."""
    new: str = ""
    one_token: bool = False
    """Whether the new identifier came with the old one's token."""
    since: int = 0
    """Number of calls with the new identifier after its first call."""
    several: bool = False
    """Whether the identifiers are known to belong to several devices."""

    size: ClassVar[int] = 600
    """Estimated size in bytes."""


def _device(call: Call) -> str | None:
    who = call.subject_tag or call.token_tag
    if not who or not call.address_tag or not call.device_tag:
        return None
    return f"{who} {call.address_tag} {call.about_tag}"


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
    """Remember both identifiers, and count the calls in which only the new one came."""
    device, token = seen.call.device_tag, seen.call.token_tag
    if before is None:
        return Identifiers(device, token), ()
    if before.several or before.since == GONE:
        return before, ()
    if not before.new:
        return _second(before, seen.call, device, token)
    if device != before.new:
        return replace(before, several=True), ()
    after = replace(before, since=before.since + 1)
    if after.since < GONE:
        return after, ()
    return after, (_noticed(seen.call, "and the previous identifier has not come again", mild=not after.one_token),)


def _second(before: Identifiers, call: Call, device: str, token: str) -> tuple[Identifiers, tuple[Noticed, ...]]:
    """Look for a second identifier. Only one is known so far."""
    if device == before.old:
        return (before if token == before.token else replace(before, token=token)), ()
    after = replace(before, new=device, one_token=token == before.token)
    said = _noticed(call, "not the identifier that came with this token before", mild=True)
    return after, ((said,) if after.one_token else ())


def _noticed(call: Call, how: str, *, mild: bool) -> Noticed:
    identifier = call.identifier
    what = identifier.shape if isinstance(identifier, DeviceIdentifier) else "an identifier"
    where = "header AP-Device-Identifier" if identifier is not None else "parameter deviceId"
    return Noticed(where, f"{what}, {how}", "the identifier of the login", mild=mild)
