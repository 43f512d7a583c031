"""X-Forwarded-For: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.xff.xff001_forwarded_present import forwarded_present
from gateway.core.checks.xff.xff002_forwarded_public import forwarded_public
from gateway.core.checks.xff.xff003_forwarded_single import forwarded_single
from gateway.core.checks.xff.xff004_forwarded_bare import forwarded_bare
from gateway.core.checks.xff.xff005_forwarded_matches_info import forwarded_matches_info
from gateway.core.checks.xff.xff006_forwarded_shared import forwarded_shared
from gateway.core.checks.xff.xff007_forwarded_is_address import forwarded_is_address

XFF: tuple[Check, ...] = (
    forwarded_present,
    forwarded_public,
    forwarded_single,
    forwarded_bare,
    forwarded_matches_info,
    forwarded_shared,
    forwarded_is_address,
)
