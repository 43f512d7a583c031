"""The redirect URL: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.url.url001_redirect_present import redirect_present
from gateway.core.checks.url.url002_redirect_encoded import redirect_encoded
from gateway.core.checks.url.url003_redirect_double_encoded import redirect_double_encoded
from gateway.core.checks.url.url004_redirect_absolute import redirect_absolute
from gateway.core.checks.url.url005_redirect_secure import redirect_secure
from gateway.core.checks.url.url006_redirect_once import redirect_once

URL: tuple[Check, ...] = (
    redirect_present,
    redirect_encoded,
    redirect_double_encoded,
    redirect_absolute,
    redirect_secure,
    redirect_once,
)
