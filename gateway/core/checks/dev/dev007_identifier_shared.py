"""If an identifier comes from many addresses within an hour, many devices send it. It is part of a build, or was copied.

A telephone moves from one network to another, so three addresses an hour are fine.
"""

from msgspec.structs import replace

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange
from gateway.core.recent import NOBODY, Recent

HOUR = 3600.0
FINE = 3


def _device(call: Call) -> str | None:
    return call.device_tag if call.device_tag and call.address_tag else None


@About(
    id="DEV007",
    severity="warning",
    title="One device identifier from many addresses",
    page=pages.DEVICE_IDENTIFIER,
    fix="Make the identifier on the device itself, from data that no other device has.",
    reads=("ap-device-identifier", "x-forwarded-for"),
).over_time(_device, rests=lambda recent: recent.rests(within=HOUR, fine=FINE))
def identifier_shared(before: Recent | None, seen: SeenExchange) -> tuple[Recent, tuple[Noticed, ...]]:
    """Remember the addresses of the last hour. Report once an hour."""
    addresses = (before or NOBODY).saw(seen.call.address_tag, seen.at, within=HOUR, most=FINE + 1)
    if len(addresses.entries) <= FINE or abs(seen.at - addresses.said) < HOUR:
        return addresses, ()
    found = f"one identifier from {len(addresses.entries)} addresses within an hour"
    return replace(addresses, said=seen.at), (
        Noticed("device identifier", found, "an identifier of its own for each device"),
    )
