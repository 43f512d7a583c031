"""Single sign-on headers: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.sso.sso001_sso_one_platform import sso_one_platform
from gateway.core.checks.sso.sso002_sso_lost_at_logout import sso_lost_at_logout
from gateway.core.checks.sso.sso003_sso_expired import sso_expired
from gateway.core.checks.sso.sso004_sso_of_roku import sso_of_roku
from gateway.core.checks.sso.sso005_sso_malformed import sso_malformed
from gateway.core.checks.sso.sso006_service_token_claims import service_token_claims
from gateway.core.checks.sso.sso007_sso_on_all_calls import sso_on_all_calls

SSO: tuple[Check, ...] = (
    sso_one_platform,
    sso_lost_at_logout,
    sso_expired,
    sso_of_roku,
    sso_malformed,
    service_token_claims,
    sso_on_all_calls,
)
