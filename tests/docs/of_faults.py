"""The faults, their options and their conditions, as tables."""

from __future__ import annotations

import inspect

from msgspec.structs import fields

from gateway.config.json_schema import documentation
from gateway.core.fault_when import FaultWhen, Schedule
from gateway.core.faults import FAULTS
from tests.docs.tables import code, table


def faults() -> str:
    """Return each fault with what is done."""
    return table(
        ("fault", "what is done"), ((code(name), inspect.cleandoc(one.__doc__ or "")) for name, one in FAULTS.items())
    )


def options() -> str:
    """Return each option of each fault."""
    rows = (
        (code(name), code(option), said)
        for name, fault in FAULTS.items()
        for option, said in documentation(fault)
        if option in {one.name for one in fields(fault)}
    )
    return table(("fault", "option", "meaning"), rows)


def conditions() -> str:
    """Return each condition of `when`, and of its `schedule`."""
    rows = [(code(name), said) for name, said in documentation(FaultWhen)]
    rows += [(code(f"schedule.{name}"), said) for name, said in documentation(Schedule)]
    return table(("condition", "meaning"), rows)
