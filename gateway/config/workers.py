"""The number of processes that answer, and what several processes cannot do without a common state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from gateway.config.marks import Read, Schema
from gateway.config.problems import unexpected

if TYPE_CHECKING:
    from gateway.config.clash import Clash
    from gateway.config.model import Config
    from gateway.core.planned_fault import PlannedFault

MOST = 64
"""Largest number of workers. Each has its own connections, caches and redaction."""

COUNTING = frozenset({"throttle", "expired_token"})
"""Faults that always count calls or tokens."""


def _workers(value: object) -> Literal["auto"] | int:
    if value == "auto":
        return "auto"
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST:
        return value
    raise ValueError(unexpected(f"auto, or a number from 1 to {MOST}", value))


Workers: TypeAlias = Annotated[
    Literal["auto"] | int,
    Read(_workers),
    Schema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": MOST}]}),
]


def number_of_workers(config: Config) -> int:
    """Return the number of processes that answer. `auto`: one for each processor that this process may use."""
    return min(MOST, processors()) if config.workers == "auto" else config.workers


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def state_is_apart(config: Config) -> bool:
    """Whether each process has its own state, so that they cannot agree. In a fleet they share the fleet's state."""
    return config.workers != 1 and config.fleet is None


def workers_need_one_state(config: Config) -> Iterator[Clash]:
    """Refuse a replay, checks over time, and faults that count calls, if workers have no common state. Refuse workers with lab.proxy."""
    from gateway.config.clash import Clash  # noqa: PLC0415  # it imports the model, which imports this module
    from gateway.config.of_devices import each_way, faults_said  # noqa: PLC0415  # as above

    found = f"found {config.workers}"
    if config.workers != 1 and config.lab.proxy is not None:
        message = f"expected 1 with lab.proxy, {found}: a single process serves the proxy, also in a fleet"
        yield Clash(("workers",), message, (("lab", "proxy"),))
    if not state_is_apart(config):
        return
    for place, of in each_way(config):
        if of.mode not in {"replay", "auto"}:
            continue
        message = (
            f"expected 1 in mode {of.mode}, {found}: each worker would play a device's sequence by itself. Several workers need "
            "mode passthrough or record, or a common state (a section fleet with Redis)"
        )
        yield Clash(("workers",), message, ((*place, "mode"),))
    timed = checks_over_time() if any(setting != "off" for setting in config.audit.checks.values()) else frozenset()
    for name, setting in config.audit.checks.items():
        if setting != "off" and name in timed:
            message = (
                f"expected off with several workers, found {setting}: this check compares a device's calls, and each worker sees only "
                "some of them. Use 1 worker, or a common state (a section fleet with Redis)"
            )
            yield Clash(("audit", "checks", name), message, (("workers",),))
    for place, number, entry in (
        (place, number, entry) for place, faults in faults_said(config) for number, entry in enumerate(faults)
    ):
        if why := counts_calls(entry.planned("", 0.0)):
            message = (
                f"expected a fault that counts no calls with several workers, found {why}: each worker sees only some of the calls. "
                "Use 1 worker, or a common state (a section fleet with Redis)"
            )
            yield Clash((*place, number), message, (("workers",),))


def counts_calls(fault: PlannedFault) -> str:
    """Return the condition that counts a device's calls, or the name of a fault that always counts. Empty if nothing is counted."""
    when = fault.when
    conditions = {"nth": bool(when.nth), "times": bool(when.times), "probability": when.probability < 1}
    named = next((name for name, is_asked in conditions.items() if is_asked), "")
    return named or (fault.name if fault.name in COUNTING else "")


def checks_over_time() -> frozenset[str]:
    """Return the ids of the checks that compare a device's calls."""
    from gateway.core.checking import OverTimeCheck  # noqa: PLC0415  # slow: ninety modules, which few configurations need
    from gateway.core.checks import CHECKS  # noqa: PLC0415  # as above

    return frozenset(check.info.id for check in CHECKS if isinstance(check, OverTimeCheck))
