"""How many processes answer, and what more than one of them cannot do without a state that they share."""

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
"""Workers at most: each has connections, caches and a redaction of its own."""

COUNTING = frozenset({"throttle", "expired_token"})
"""Faults that count calls, or tokens, by themselves."""


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
    """Return how many processes answer; `auto`: one for each processor that this process may use."""
    return min(MOST, processors()) if config.workers == "auto" else config.workers


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def state_is_apart(config: Config) -> bool:
    """Whether each process has a state of its own: what has to be one truth is then none. In a fleet they share the fleet's."""
    return config.workers != 1 and config.fleet is None


def workers_need_one_state(config: Config) -> Iterator[Clash]:
    """Where workers share no state, nothing is asked for that needs one: a replay, checks over time, faults that count calls. Nor is what needs one process."""
    from gateway.config.clash import Clash  # noqa: PLC0415  # it knows the model, of which this is a part
    from gateway.config.of_devices import each_way, faults_said  # noqa: PLC0415  # as above

    found = f"found {config.workers}"
    if config.workers != 1 and config.lab.proxy is not None:
        message = f"expected 1 with lab.proxy, which is one listener of one process, {found}"
        yield Clash(("workers",), message, (("lab", "proxy"),))
    if not state_is_apart(config):
        return
    for place, of in each_way(config):
        if of.mode not in {"replay", "auto"}:
            continue
        message = (
            f"expected 1 in mode {of.mode}: each worker would play a device's sequence by itself; several workers take "
            f"mode passthrough or record, or a state that they share (a section fleet with Redis), {found}"
        )
        yield Clash(("workers",), message, ((*place, "mode"),))
    timed = checks_over_time() if any(setting != "off" for setting in config.audit.checks.values()) else frozenset()
    for name, setting in config.audit.checks.items():
        if setting != "off" and name in timed:
            message = (
                f"expected off with several workers: this check compares a device's calls, and each worker sees some of them; "
                f"it takes 1 worker, or a state that they share (a section fleet with Redis), found {setting}"
            )
            yield Clash(("audit", "checks", name), message, (("workers",),))
    for place, number, entry in (
        (place, number, entry) for place, faults in faults_said(config) for number, entry in enumerate(faults)
    ):
        if why := counts_calls(entry.planned("", 0.0)):
            message = (
                f"expected a fault that counts no calls with several workers, each of which sees some of them; "
                f"it takes 1 worker, or a state that they share (a section fleet with Redis), found {why}"
            )
            yield Clash((*place, number), message, (("workers",),))


def counts_calls(fault: PlannedFault) -> str:
    """Return the condition for which a device's calls are counted, or the fault's name where it counts by itself; empty where nothing is counted."""
    when = fault.when
    conditions = {"nth": bool(when.nth), "times": bool(when.times), "probability": when.probability < 1}
    named = next((name for name, is_asked in conditions.items() if is_asked), "")
    return named or (fault.name if fault.name in COUNTING else "")


def checks_over_time() -> frozenset[str]:
    """Return the ids of the checks that compare a device's calls."""
    from gateway.core.checking import OverTimeCheck  # noqa: PLC0415  # ninety modules, and few configurations name a check
    from gateway.core.checks import CHECKS  # noqa: PLC0415  # as above

    return frozenset(check.info.id for check in CHECKS if isinstance(check, OverTimeCheck))
