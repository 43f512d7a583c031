"""The API's faults, as values."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import fields

from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS

MOST_FAULTS = 100
"""How many faults the API may have added at once."""


def _schema() -> dict[str, Any]:
    """Return the JSON Schema of an entry: one fault by its name, and `when`."""
    keys: dict[str, Any] = {
        name: {
            "description": f"{(kind.__doc__ or '').partition(chr(10))[0]} Options: {_options(kind) or 'none'}. A value alone sets the first option. Null: all defaults."
        }
        for name, kind in FAULTS.items()
    }
    keys["when"] = {"type": "object", "description": f"At which calls: {_options(FaultWhen)}."}
    return {"properties": keys, "additionalProperties": False, "minProperties": 1}


def _options(kind: type[Struct]) -> str:
    return ", ".join(option.name for option in fields(kind))


FaultWanted: TypeAlias = (
    Annotated[
        dict[str, Any],
        Meta(
            description="An entry of `faults`, as in config.yaml (docs/reference/faults.md).",
            examples=[{"status": 503, "when": {"nth": "2..3"}}],
            extra_json_schema=_schema(),
        ),
    ]
    | Annotated[str, Meta(description="The name of a fault alone: for every call, with its default options.")]
)
SessionFaults: TypeAlias = Annotated[list[FaultWanted], Meta(max_length=MOST_FAULTS)]


class FaultShown(Struct, frozen=True):
    """A fault in force."""

    id: str
    """Its id, unique among the faults of its gateway."""
    fault: str
    """Its name, such as `throttle`."""
    said: dict[str, Any]
    """The entry as in config.yaml, without secrets."""
    by: Literal["api", "configuration"]
    """Where it comes from. The API can end only the faults that it has added."""
    met: int
    """How many calls fitted its conditions. In a fleet: calls of this gateway."""
    happened: int
    """To how many calls it was done. In a fleet: calls of this gateway."""
    device: str = ""
    """The named device that it is for (`devices.NAME.faults`); empty: every device without its own list of faults."""
