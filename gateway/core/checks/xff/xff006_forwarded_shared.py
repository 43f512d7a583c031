"""An address with many devices is usually a server's own. Then all devices share one call a second, and the polling of one stops the others.

A home has a handful of devices behind one address. So five devices in an hour are fine.
"""

from msgspec.structs import replace

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange
from gateway.core.recent import NOBODY, Recent

HOUR = 3600.0
FINE = 5


def _address(call: Call) -> str | None:
    return call.address_tag if call.address_tag and call.device_tag else None


@About(
    id="XFF006",
    severity="warning",
    title="One address for many devices",
    page=pages.THROTTLING,
    fix="Send each device's own public address in X-Forwarded-For, not the server's.",
    inbound=True,
    reads=("ap-device-identifier", "x-forwarded-for"),
).over_time(_address, rests=lambda recent: recent.rests(within=HOUR, fine=FINE))
def forwarded_shared(before: Recent | None, seen: SeenExchange) -> tuple[Recent, tuple[Noticed, ...]]:
    """Remember the devices of the last hour. Report once an hour."""
    devices = (before or NOBODY).saw(seen.call.device_tag, seen.at, within=HOUR, most=FINE + 1)
    if len(devices.entries) <= FINE or abs(seen.at - devices.said) < HOUR:
        return devices, ()
    found = f"one address for {len(devices.entries)} devices and more within an hour"
    return replace(devices, said=seen.at), (Noticed("header X-Forwarded-For", found, "each device's own address"),)
