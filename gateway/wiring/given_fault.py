"""Makes a fault that is asked for while a gateway runs; its schedule starts now."""

from __future__ import annotations

from time import monotonic

from gateway.config import Config
from gateway.config.one_fault import one_fault
from gateway.config.plain_values import plain
from gateway.transports.faults import GivenFault


def given_fault(said: object, config: Config, key: str) -> GivenFault:
    """Return the fault that an entry of `faults` describes; `key` tells it from the others of its gateway.

    A ValueError says everything that is wrong with it.
    """
    entry = one_fault(said, config)
    return GivenFault(entry.planned(key, monotonic()), plain(entry))
