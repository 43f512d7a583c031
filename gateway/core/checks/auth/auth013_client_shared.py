"""Each installation of an application has its own client credentials, also behind a server. Many devices share credentials in a build.

Profiles belong to the client and the device. Revoking a shared client logs out all of its devices. The FAQ recommends credentials for each
installation. The cookbook for servers wants credentials for each device. A token that does not name its client counts as a client.
The finding comes once for each client, at its fourth device. One device that makes a new identifier each time looks like many devices.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange

FINE = 3


def _client(call: Call) -> str | None:
    return (call.subject_tag or call.token_tag or None) if call.device_tag else None


@About(
    id="AUTH013",
    severity="warning",
    title="One client for many devices",
    page=pages.REGISTRATION,
    fix="Register each installation by itself, keep its credentials there, and keep the device's identifier, too.",
    reads=("ap-device-identifier", "authorization"),
).over_time(_client, timed=False)
def client_shared(before: tuple[str, ...] | None, seen: SeenExchange) -> tuple[tuple[str, ...], tuple[Noticed, ...]]:
    """Remember the devices of a client."""
    devices = before or ()
    if seen.call.device_tag in devices or len(devices) > FINE:
        return devices, ()
    after = (*devices, seen.call.device_tag)
    if len(after) <= FINE:
        return after, ()
    found = f"the client of {len(after)} devices and more"
    return after, (Noticed("header Authorization", found, "client credentials of each installation"),)
