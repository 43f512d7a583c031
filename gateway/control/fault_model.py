"""The API's faults, as values."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import fields

from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS

MOST_FAULTS = 100
"""How many may be asked for at once."""


def _schema() -> dict[str, Any]:
    """Return what an entry may say: one fault by its name, and `when`."""
    keys: dict[str, Any] = {
        name: {
            "description": f"{(kind.__doc__ or '').partition(chr(10))[0]} Options: {_options(kind) or 'none'}. A value alone is the first one; null: each by its default."
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
            description="An entry of `faults`, as config.yaml writes it (docs/reference/faults.md).",
            examples=[{"status": 503, "when": {"nth": "2..3"}}],
            extra_json_schema=_schema(),
        ),
    ]
    | Annotated[str, Meta(description="The name of a fault alone: every call, with the fault's defaults.")]
)
SessionFaults: TypeAlias = Annotated[list[FaultWanted], Meta(max_length=MOST_FAULTS)]


class FaultShown(Struct, frozen=True):
    """A fault that is done to calls on purpose."""

    id: str
    """Names it among the faults of its gateway."""
    fault: str
    """Its name, such as `throttle`."""
    said: dict[str, Any]
    """As config.yaml writes it, without secrets."""
    by: Literal["api", "configuration"]
    """Who asked for it: only those of the API can be ended there."""
    met: int
    """Calls that it was for."""
    happened: int
    """Calls that it happened to."""
    device: str = ""
    """The named device whose calls alone it is for (`devices.NAME.faults`); empty: those of all that have none of their own."""
