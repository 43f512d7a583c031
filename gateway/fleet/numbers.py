"""The workers' counts, and their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct


class Numbers(Struct, frozen=True):
    """What a worker has counted since its start."""

    recorded: int = 0
    leaks: int = 0
    cut_off: int = 0
    lost: dict[str, int] = {}
    """Recordings that were lost, by the reason."""
    findings_lost: int = 0
    history_lost: int = 0
    unheard: dict[str, int] = {}
    """What observers missed, by kind."""
    connections: int = 0
    """Connections of apps that are open."""
    upstream_connections: int = 0
    in_flight: int = 0
    complaints: list[str] = []
    """What is wrong while requests are still answered."""
    faults: dict[str, tuple[int, int]] = {}
    """For each fault: the calls for which it was meant, and the calls to which it happened."""
    expectations: dict[str, int] = {}
    """For each expectation: how often its answer was given."""


def added(one: Numbers, other: Numbers) -> Numbers:
    """Return the sum of what two workers counted, without what ends with a worker: open connections, exchanges in flight, complaints."""
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
