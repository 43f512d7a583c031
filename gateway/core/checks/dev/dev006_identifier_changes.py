"""A device keeps its identifier; one that has another at logout than at login finds no profile to remove, and stays logged in.

A device is known here by its client (the token's `sub`, or the token), its address and its User-Agent. Once four devices are
behind these it is a fleet that shares its credentials, of which nothing can be said; AUTH008 and XFF006 are about those.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, tag
from gateway.core.adobe.device_identifier import DeviceIdentifier
from gateway.core.checking import About, Noticed, SeenExchange

KNOWN = 4


def _device(call: Call) -> str | None:
    who = call.subject_tag or call.token_tag
    if not who or not call.address_tag or not call.device_tag:
        return None
    model = call.described.text("model") if call.described else ""
    return f"{who} {call.address_tag} {tag(call.user_agent + model)}"


@About(
    id="DEV006",
    severity="error",
    title="A device's identifier changes",
    page=pages.FAQ,
    fix="Make the identifier once, keep it where updates and restarts leave it alone, and send it on every call.",
    reads=("ap-device-identifier", "authorization", "user-agent", "x-device-info", "x-forwarded-for"),
).over_time(_device, timed=False)
def identifier_changes(
    before: tuple[str, ...] | None, seen: SeenExchange
) -> tuple[tuple[str, ...], tuple[Noticed, ...]]:
    """Remember the identifiers of a device."""
    known = before or ()
    if seen.call.device_tag in known or len(known) == KNOWN:
        return known, ()
    after = (*known, seen.call.device_tag)
    if not known or len(after) == KNOWN:
        return after, ()
    identifier = seen.call.identifier
    what = identifier.shape if isinstance(identifier, DeviceIdentifier) else "an identifier"
    found = f"{what}, not the one that this device had before"
    where = "header AP-Device-Identifier" if identifier is not None else "parameter deviceId"
    return after, (Noticed(where, found, "the identifier of the login"),)
