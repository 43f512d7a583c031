"""AP-Partner-Framework-Status is Base64 of a JSON object. It says whether access was granted, to which provider, and until when.

Another value is answered 400, with a code that begins with invalid_header_pfs.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="HDR008",
    severity="warning",
    title="The partner's status cannot be read",
    page=pages.PARTNER_STATUS,
    fix="Encode the object that the partner's framework gave, with all members that the page requires.",
    status=400,
    code="invalid_header_pfs_permission_access_not_present",
    reads=("ap-partner-framework-status",),
    open="Whether AP-Partner-Framework-Status decides if a profile of the type appleSSO is listed.",
).request
def partner_status(call: Call) -> Said:
    """Say what the parser could not read."""
    status = call.partner_status
    if isinstance(status, Malformed):
        yield (
            REDACTED
            if status.redacted
            else Noticed("header AP-Partner-Framework-Status", status.found, status.expected)
        )
