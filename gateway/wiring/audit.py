"""Makes the audit of live traffic from a configuration."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

from gateway.auditing.auditor import Auditor
from gateway.auditing.live import OF_SERVERS, LiveAudit
from gateway.config import Config
from gateway.config.of_devices import modes_of
from gateway.config.workers import checks_over_time, state_is_apart
from gateway.core.audit import Audit, Setting
from gateway.core.checking import Check
from gateway.core.checks import CHECKS
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.core.unseen import unseen_of
from gateway.core.verdict import Defect
from gateway.exchanges.observers import Observers
from gateway.wiring.lasting import Lasting

UNFORWARDED = "no X-Forwarded-For"
HINT = (
    "these calls come from this machine, with an HTTP library that servers use; a server of yours must send each device's "
    "public address (gateway explain XFF001)"
)
"""Logged once a session. A test suite uses such a library, although the app that it stands for may not."""


def live_audit(
    config: Config,
    *,
    state: SharedState,
    origins: Callable[[str], str],
    redaction: Redaction,
    observers: Observers,
    lasting: Lasting | None = None,
) -> LiveAudit | None:
    """Return the audit; None if it is switched off. In a test suite or a command, `lasting` limits UNFORWARDED to one warning."""
    settings = config.audit
    if settings.mode == "off":
        return None

    def failed(defect: Defect) -> None:
        observers.warn("check failed", check=defect.id, error=defect.error)

    def unforwarded() -> None:
        if lasting is not None and lasting.says(UNFORWARDED):
            observers.warn(UNFORWARDED, hint=HINT)

    of_suite = lasting is not None and lasting.is_of_suite
    records = not modes_of(config).isdisjoint({"record", "auto"}) and settings.record != "off"
    asked: dict[str, Setting] = dict(settings.checks)
    if state_is_apart(config):
        asked |= dict.fromkeys(checks_over_time(), "off")
    audit = _audit(CHECKS, tuple(sorted(asked.items())))
    return LiveAudit(
        Auditor(audit, clock=time.time, on_defect=failed, state=state),
        origins=origins,
        redaction=redaction,
        failed=observers.audit_failed,
        unseen=unseen_of((check for check, _ in audit.checks), redaction.policy) if records else frozenset(),
        records=records,
        enforce_at=settings.enforce_at if settings.mode == "enforce" else None,
        response_header=settings.response_header,
        unforwarded=unforwarded if of_suite else None,
        quiet=OF_SERVERS - settings.checks.keys(),
    )


@lru_cache(maxsize=8)
def _audit(checks: tuple[Check, ...], settings: tuple[tuple[str, Setting], ...]) -> Audit:
    """Return the audit for these settings. It is cached, since tests start many gateways with the same settings."""
    return Audit(checks, dict(settings))
