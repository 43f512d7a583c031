"""The order of calls: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.flow.flow001_logout_after_denial import logout_after_denial
from gateway.core.checks.flow.flow002_error_repeated import error_repeated
from gateway.core.checks.flow.flow003_logout_of_temporary import logout_of_temporary

FLOW: tuple[Check, ...] = (
    logout_after_denial,
    error_repeated,
    logout_of_temporary,
)
