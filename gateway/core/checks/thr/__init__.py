"""Throttling, and how often an app asks: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.thr.thr001_throttled import throttled
from gateway.core.checks.thr.thr002_throttle_ignored import throttle_ignored
from gateway.core.checks.thr.thr003_throttle_budget import throttle_budget
from gateway.core.checks.thr.thr004_polling import polling
from gateway.core.checks.thr.thr005_configuration_fetched import configuration_fetched
from gateway.core.checks.thr.thr006_polling_after_success import polling_after_success
from gateway.core.checks.thr.thr007_polling_after_end import polling_after_end
from gateway.core.checks.thr.thr008_polling_old_code import polling_old_code

THR: tuple[Check, ...] = (
    throttled,
    throttle_ignored,
    throttle_budget,
    polling,
    configuration_fetched,
    polling_after_success,
    polling_after_end,
    polling_old_code,
)
