"""A server that calls for a device sends the port of the device's connection as connectionPort. X-Forwarded-For has no port.

The cookbook for servers asks for it on every call. MVPDs that know homes by their connection need it, and Spectrum fails without it (INFO011).
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO014",
    severity="info",
    title="A server's call without the device's port",
    page=pages.SERVER_COOKBOOK,
    fix="Add connectionPort, the source port of the device's connection, and connectionIp.",
    reads=("user-agent", "x-device-info"),
).request
def info_of_port(call: Call) -> Said:
    """Look for connectionPort if a server calls."""
    info = call.described
    if info is not None and call.version == "v2" and call.is_server and not info.text("connectionPort"):
        yield Noticed("header X-Device-Info", "no connectionPort", "the source port of the device's connection")
