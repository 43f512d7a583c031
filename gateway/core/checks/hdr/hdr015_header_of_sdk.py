"""Adobe's SDKs send their own headers, such as ap_21 and pass_sfp. v2 does not define them, and some identify the device.

Applications that were moved from an SDK to v2 may still send them. The SDKs have had no support since May 2026.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import SDK, Call
from gateway.core.adobe.malformed import shown_name
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR015",
    severity="warning",
    title="A header of Adobe's SDKs on v2",
    page=pages.CHECKLIST,
    fix="Leave it out: v2 knows the device by AP-Device-Identifier and X-Device-Info.",
    reads=SDK,
    presence=True,
).request
def header_of_sdk(call: Call) -> Said:
    """Look for the names of these headers."""
    if call.version == "v2":
        for name in call.present(SDK):
            yield Noticed(f"header {shown_name(name)}", "a value", "no such header on v2")
