"""Other header fields: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.hdr.hdr001_header_undefined import header_undefined
from gateway.core.checks.hdr.hdr002_body_undefined import body_undefined
from gateway.core.checks.hdr.hdr003_content_type_undefined import content_type_undefined
from gateway.core.checks.hdr.hdr004_accept_json import accept_json
from gateway.core.checks.hdr.hdr005_header_repeated import header_repeated
from gateway.core.checks.hdr.hdr006_content_type import content_type
from gateway.core.checks.hdr.hdr007_visitor_quoted import visitor_quoted
from gateway.core.checks.hdr.hdr008_partner_status import partner_status
from gateway.core.checks.hdr.hdr009_temp_pass import temp_pass
from gateway.core.checks.hdr.hdr010_partner_status_present import partner_status_present
from gateway.core.checks.hdr.hdr011_header_placeholder import header_placeholder
from gateway.core.checks.hdr.hdr012_partner_status_expired import partner_status_expired
from gateway.core.checks.hdr.hdr013_partner_status_granted import partner_status_granted
from gateway.core.checks.hdr.hdr014_visitor_digits import visitor_digits
from gateway.core.checks.hdr.hdr015_header_of_sdk import header_of_sdk
from gateway.core.checks.hdr.hdr016_temp_pass_plain import temp_pass_plain

HDR: tuple[Check, ...] = (
    header_undefined,
    body_undefined,
    content_type_undefined,
    accept_json,
    header_repeated,
    content_type,
    visitor_quoted,
    partner_status,
    temp_pass,
    partner_status_present,
    header_placeholder,
    partner_status_expired,
    partner_status_granted,
    visitor_digits,
    header_of_sdk,
    temp_pass_plain,
)
