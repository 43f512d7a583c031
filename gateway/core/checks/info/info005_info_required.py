"""X-Device-Info has model, version, osName, osVersion and connectionType on v2. On v1, it has model and osName.

If a member is missing, the platform is unknown. It counts as insecure, and its logins end sooner.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_info import V1_REQUIRED, V2_REQUIRED
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO005",
    severity="warning",
    title="The device information is incomplete",
    page=pages.DEVICE_INFO,
    fix="Add the missing members.",
    reads=("x-device-info",),
).request
def info_required(call: Call) -> Said:
    """Look for the members of the table."""
    info = call.described
    if info is None:
        return
    required = V1_REQUIRED if call.version == "v1" else V2_REQUIRED
    missing = [name for name in required if not info.text(name).strip()]
    if missing:
        yield Noticed("header X-Device-Info", f"no {', '.join(missing)}", f"a JSON object with {', '.join(required)}")
