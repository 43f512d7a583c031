"""A fault as a test writes it: its name, its first option, and the other options by keyword."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import fields

from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS


def fault_entry(name: str, option: object, said: Mapping[str, object]) -> dict[str, object]:
    """Return the equivalent entry of `faults` in config.yaml. `said` are options and conditions of the fault."""
    conditions = {condition.name for condition in fields(FaultWhen)}
    when = {key: value for key, value in said.items() if key in conditions}
    options = {key: value for key, value in said.items() if key not in conditions}
    if option is not None:
        first = next(iter(fields(FAULTS[name])), None) if name in FAULTS else None
        options = {first.name if first is not None else "option": option, **options}
    return {name: options, "when": when}
