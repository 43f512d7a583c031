"""Reads the faults that a test asks for: what `faults` in config.yaml says, in the words of a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import fields
from pydantic import ValidationError

from gateway.config import Config
from gateway.config.combinations import faults_can_happen
from gateway.config.faults import OneFault
from gateway.config.problems import Loc, dotted, suggestion
from gateway.config.wording import complaints
from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS

_HERE: Loc = ("faults", 0)


def fault_entry(name: str, option: object, said: Mapping[str, object], config: Config) -> OneFault:
    """Return a fault of this name: its first option, and what is said by name of it and of when it happens.

    `config` says which upstreams there are. A ValueError says everything that is wrong.
    """
    conditions = {condition.name for condition in fields(FaultWhen)}
    when = {key: value for key, value in said.items() if key in conditions}
    options = {key: value for key, value in said.items() if key not in conditions}
    if option is not None:
        first = next(iter(fields(FAULTS[name])), None) if name in FAULTS else None
        options = {first.name if first is not None else "option": option, **options}
    data = {"faults": [{name: options, "when": when}]}
    try:
        entry = Config.model_validate(data, context=Path()).faults[0]
    except ValidationError as error:
        wrong = [
            (each.loc, _unknown(each.loc, each.message, conditions) if name in FAULTS else each.message)
            for each in complaints(error, data)
        ]
    else:
        clashes = faults_can_happen(config.model_copy(update={"faults": (entry,)}))
        wrong = [(clash.at, clash.message) for clash in clashes]
        if not wrong:
            return entry
    places = [(dotted(loc[len(_HERE) :]), message) for loc, message in wrong]
    raise ValueError("; ".join(f"{place}: {message}" if place else message for place, message in places))


def _unknown(loc: Loc, message: str, conditions: Iterable[str]) -> str:
    """Suggest a condition for a name that is none of the fault's: here, unlike in a file, both are said in one place."""
    meant = suggestion(str(loc[-1]), conditions) if message.startswith("unknown key; known here") else ""
    return f"unknown key{meant}" if meant else message
