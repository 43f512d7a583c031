"""Names of a cassette's devices, for a reader: the names from the recording.

Facts
-----
* A recording says its device's name under `x_gateway.device`. Before devices had names that was a hash, another one each run: such
  a device is called by its pseudonym, and where it sent no identifier by that hash.
* A device may have had several names, since its first call of a run said more, or less: it is called by the first one that says
  what it is. Two devices that had one name, under two keys, stay two: the later one is called by its pseudonym.
* A placeholder that stands for all identifiers of a kind (`REDACTED-DEVICE`, as older gateways wrote it for what is short or broken)
  tells no devices apart; their names do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gateway.core.devices import device_identifier
from gateway.core.model import Interaction, Request
from gateway.core.platforms import UNKNOWN

LONGEST = 64
"""Characters of a name."""
_HASH = re.compile(r"[0-9a-f]{12}")
"""A name of before."""
_NO_ONE = re.compile(r"REDACTED-[A-Z]+")


def device_names(
    interactions: Sequence[Interaction], identifier_of: Callable[[Request], str] = device_identifier
) -> list[str]:
    """Return the device's name for each interaction; empty if it is unknown.

    `identifier_of` returns its pseudonym, where not all of them are known to be pseudonyms.
    """
    calls = [_call(identifier_of(interaction.request)[:LONGEST], _said(interaction)) for interaction in interactions]
    called: dict[str, str] = {}
    for identifier, name in calls:
        better = identifier not in called or _is_vague(called[identifier])
        if identifier and name and better and name not in called.values():
            called[identifier] = name
    same = {name: called[identifier] for identifier, name in calls if identifier in called and name}
    return [
        (called.get(identifier, identifier) if identifier else same.get(name, name)) or _said(interaction)
        for (identifier, name), interaction in zip(calls, interactions, strict=True)
    ]


def _call(identifier: str, name: str) -> tuple[str, str]:
    """Return the identifier of a call, and the name of its device; empty what tells nothing."""
    if _HASH.fullmatch(name):
        name = ""
    return ("" if _NO_ONE.fullmatch(identifier) and name else identifier), name


def _said(interaction: Interaction) -> str:
    name = interaction.about.get("device")
    return name[:LONGEST] if isinstance(name, str) else ""


def _is_vague(name: str) -> bool:
    return name.startswith(f"{UNKNOWN}-")
