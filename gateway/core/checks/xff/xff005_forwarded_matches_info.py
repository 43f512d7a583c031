"""X-Forwarded-For and connectionIp of X-Device-Info are one device's address. If they differ, one is another device's, or a proxy's.

Pseudonyms of one address are equal, so recordings are compared too.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said
from gateway.core.headers import parse_address


@About(
    id="XFF005",
    severity="warning",
    title="Two different addresses of one device",
    page=pages.DEVICE_INFO,
    fix="Write the device's public address to both, or leave connectionIp out.",
    inbound=True,
    reads=("x-device-info", "x-forwarded-for"),
).request
def forwarded_matches_info(call: Call) -> Said:
    """Compare the two if both are addresses."""
    if call.described is None or call.forwarded_count != 1:
        return
    said = call.described.text("connectionIp")[:100]
    address = parse_address(said) if said else None
    forwarded = call.forwarded[0].address
    if address and forwarded and address != forwarded:
        found = f"another address (IPv{forwarded.version}) than connectionIp (IPv{address.version})"
        yield Noticed("header X-Forwarded-For", found, "the address that X-Device-Info has as connectionIp")
