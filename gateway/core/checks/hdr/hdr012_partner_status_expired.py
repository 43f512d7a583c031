"""The status of the partner's framework is valid until its expirationDate. Afterwards the answer is 400."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.partner_status import PartnerStatus
from gateway.core.checking import NO_DATE, REDACTED, About, Noticed, Said
from gateway.core.times import date_of


@About(
    id="HDR012",
    severity="warning",
    title="The partner's status has expired",
    page=pages.PARTNER_STATUS,
    fix="Ask the partner's framework again before the call.",
    status=400,
    code="invalid_header_pfs_provider_info_expired",
    reads=("ap-partner-framework-status",),
).timed
def partner_status_expired(call: Call, at: float | None) -> Said:
    """Compare the time with expirationDate."""
    status = call.partner_status
    if isinstance(status, Malformed) and status.redacted:
        yield REDACTED
    if not isinstance(status, PartnerStatus) or status.expires is None:
        return
    if at is None:
        yield NO_DATE
    elif at >= status.expires:
        found = f"expirationDate {date_of(status.expires)}"
        yield Noticed("header AP-Partner-Framework-Status", found, "an expirationDate that lies after the call")
