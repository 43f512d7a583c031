"""A partner's single sign-on needs the user's permission. Without the permission, an application uses the ordinary login.

On the partner's two routes, a status that is not granted is answered with the ordinary login, so the finding is only a note. On other
routes, the answer may be 400, and the partner's profile is not found.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.partner_status import PartnerStatus
from gateway.core.checking import REDACTED, About, Noticed, Said

_PARTNERS = ("v2 partner session", "v2 partner profile")


@About(
    id="HDR013",
    severity="warning",
    milder="info",
    title="The partner's status is not granted",
    page=pages.PARTNER_FLOWS,
    fix="Leave AP-Partner-Framework-Status out until the user has granted the permission, and use the ordinary login.",
    status=400,
    code="invalid_header_pfs_permission_access_not_granted",
    reads=("ap-partner-framework-status",),
    open="Whether AP-Partner-Framework-Status decides if a profile of the type appleSSO is listed.",
).request
def partner_status_granted(call: Call) -> Said:
    """Look at accessStatus."""
    match call.partner_status:
        case Malformed(redacted=True):
            yield REDACTED
        case PartnerStatus(access=access) if access != "granted":
            mild = call.is_on(*_PARTNERS)
            yield Noticed(
                "header AP-Partner-Framework-Status", f"accessStatus {access}", "accessStatus granted", mild=mild
            )
