"""X-Device-Info: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.info.info001_info_present import info_present
from gateway.core.checks.info.info002_info_present_in_browser import info_present_in_browser
from gateway.core.checks.info.info003_info_base64 import info_base64
from gateway.core.checks.info.info004_info_json import info_json
from gateway.core.checks.info.info005_info_required import info_required
from gateway.core.checks.info.info006_info_values import info_values
from gateway.core.checks.info.info007_info_percent_encoded import info_percent_encoded
from gateway.core.checks.info.info008_info_alphabet import info_alphabet
from gateway.core.checks.info.info009_info_type_member import info_type_member
from gateway.core.checks.info.info010_info_of_server import info_of_server
from gateway.core.checks.info.info011_info_connection import info_connection
from gateway.core.checks.info.info012_info_secure import info_secure
from gateway.core.checks.info.info013_info_of_registration import info_of_registration
from gateway.core.checks.info.info014_info_of_port import info_of_port

INFO: tuple[Check, ...] = (
    info_present,
    info_present_in_browser,
    info_base64,
    info_json,
    info_required,
    info_values,
    info_percent_encoded,
    info_alphabet,
    info_type_member,
    info_of_server,
    info_connection,
    info_secure,
    info_of_registration,
    info_of_port,
)
