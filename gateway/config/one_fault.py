"""Reads one fault that is added while a gateway runs. It is written like an entry of `faults` in config.yaml."""

from __future__ import annotations

from msgspec.structs import fields, replace

from gateway.config.faults import OneFault
from gateway.config.model import Config
from gateway.config.problems import Loc, dotted
from gateway.config.reading import UnreadableError, read_section
from gateway.config.rule_combinations import faults_can_happen
from gateway.core.fault_when import FaultWhen
from gateway.core.suggestions import suggestion

_HERE: Loc = ("faults", 0)


def one_fault(said: object, config: Config) -> OneFault:
    """Return the fault of an entry of `faults`. `config` has the names of the upstreams.

    A ValueError tells all problems.
    """
    try:
        entry = read_section(Config, {"faults": [said]}).faults[0]
    except UnreadableError as error:
        wrong = [(each.loc, _unknown(each.loc, each.message)) for each in error.complaints]
    else:
        clashes = faults_can_happen(replace(config, faults=(entry,)))
        wrong = [(clash.at, clash.message) for clash in clashes]
        if not wrong:
            return entry
    places = [(dotted(loc[len(_HERE) :]), message) for loc, message in wrong]
    raise ValueError("; ".join(f"{place}: {message}" if place else message for place, message in places))


def _unknown(loc: Loc, message: str) -> str:
    """Suggest a condition for an unknown key. The client's `fault` takes the options and the conditions of a fault side by side."""
    if not message.startswith("unknown key; known here"):
        return message
    meant = suggestion(str(loc[-1]), [condition.name for condition in fields(FaultWhen)])
    return f"unknown key{meant}" if meant else message
