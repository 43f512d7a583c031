"""Spectrum (Charter) recognises a home by the address and port of its connection. Without both, home-based authentication fails.

X-Forwarded-For has no port. So a server has to send the port as connectionPort of X-Device-Info.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said

_MVPDS = ("spectrum", "charter")


@About(
    id="INFO011",
    severity="warning",
    title="No connection in the device information for Spectrum",
    page=pages.DEVICE_INFO,
    fix="Add connectionIp and connectionPort, the device's public address and source port.",
    reads=("x-device-info",),
).request
def info_connection(call: Call) -> Said:
    """Look for both members if the MVPD needs them."""
    mvpd = call.place.holes.get("mvpd", "") or call.parameter("mvpd")
    if not mvpd.lower().startswith(_MVPDS):
        return
    info = call.described
    if info is None:
        return
    missing = [name for name in ("connectionIp", "connectionPort") if not info.text(name)]
    if missing:
        yield Noticed(
            "header X-Device-Info", f"no {' and '.join(missing)}", "connectionIp and connectionPort, for Spectrum"
        )
