"""The order of calls: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.flow.flow001_logout_after_denial import logout_after_denial

FLOW: tuple[Check, ...] = (logout_after_denial,)
