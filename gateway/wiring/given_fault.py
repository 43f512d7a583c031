"""Makes faults: a fault that is added while a gateway runs, whose schedule starts now, and the faults of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from gateway.config import Config
from gateway.config.faults import OneFault, planned
from gateway.config.one_fault import one_fault
from gateway.config.plain_values import plain
from gateway.transports.faults import GivenFault


def given_fault(said: object, config: Config, key: str) -> GivenFault:
    """Return the fault that an entry of `faults` describes. `key` identifies it within its gateway.

    Raises ValueError, which names every mistake.
    """
    entry = one_fault(said, config)
    return GivenFault(entry.planned(key, monotonic()), plain(entry))


def given_of(entries: Sequence[OneFault], begun: float, device: str = "") -> list[GivenFault]:
    """Return the faults of a configuration, general or for a named device; their schedules start at `begun`, in seconds."""
    made = planned(entries, begun, device)
    return [GivenFault(fault, plain(entry), device=device) for fault, entry in zip(made, entries, strict=True)]
