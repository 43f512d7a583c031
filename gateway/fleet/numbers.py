"""The workers' counts, and their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct


class Numbers(Struct, frozen=True):
    """The counts of a worker since its start."""

    recorded: int = 0
    leaks: int = 0
    cut_off: int = 0
    lost: dict[str, int] = {}
    """Number of lost recordings, by reason."""
    findings_lost: int = 0
    history_lost: int = 0
    unheard: dict[str, int] = {}
    """Number of events that observers missed, by kind."""
    connections: int = 0
    """Number of open connections from apps."""
    upstream_connections: int = 0
    in_flight: int = 0
    complaints: list[str] = []
    """Sentences about problems with which requests are still answered."""
    faults: dict[str, tuple[int, int]] = {}
    """For each fault: the number of calls that it matched, and the number of calls that it was done to."""
    expectations: dict[str, int] = {}
    """For each expectation: how often its answer was given."""


def added(one: Numbers, other: Numbers) -> Numbers:
    """Return the sums of two workers' counts. What ends with a worker is left out: open connections, exchanges in flight, complaints."""
    faults = dict.fromkeys((*one.faults, *other.faults), (0, 0))
    for key in faults:
        met, happened = one.faults.get(key, (0, 0)), other.faults.get(key, (0, 0))
        faults[key] = met[0] + happened[0], met[1] + happened[1]
    return Numbers(
        recorded=one.recorded + other.recorded,
        leaks=one.leaks + other.leaks,
        cut_off=one.cut_off + other.cut_off,
        lost=_sum(one.lost, other.lost),
        findings_lost=one.findings_lost + other.findings_lost,
        history_lost=one.history_lost + other.history_lost,
        unheard=_sum(one.unheard, other.unheard),
        upstream_connections=one.upstream_connections + other.upstream_connections,
        faults=faults,
        expectations=_sum(one.expectations, other.expectations),
    )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))
