"""The names of a cassette's devices, for a reader. They come from the recording.

Facts
-----
* A recording has its device's name under `x_gateway.device`. Older recordings have a hash there, which differs from run to run. Such a
  device is shown by its pseudonym, or by this hash if it sent no identifier.
* A device may have several names, if its first calls in different runs said more or less. It is shown by the first name that has a
  platform. Two devices with the same name, under two keys, stay two: the later one is shown by its pseudonym.
* Older gateways wrote one placeholder for all short or broken identifiers (`REDACTED-DEVICE`). It does not tell devices apart; their
  names do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gateway.core.devices import device_identifier
from gateway.core.model import Interaction, Request
from gateway.core.platforms import UNKNOWN

LONGEST = 64
"""Longest name, in characters."""
_HASH = re.compile(r"[0-9a-f]{12}")
"""A name in an older recording."""
_NO_ONE = re.compile(r"REDACTED-[A-Z]+")


def device_names(
    interactions: Sequence[Interaction], identifier_of: Callable[[Request], str] = device_identifier
) -> list[str]:
    """Return the device's name for each interaction; empty if it is unknown.

    `identifier_of` returns the pseudonym of an identifier. It is needed if some identifiers may not be pseudonyms.
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
    """Return the identifier of a call, and the name of its device. Either is empty if it does not tell devices apart."""
    if _HASH.fullmatch(name):
        name = ""
    return ("" if _NO_ONE.fullmatch(identifier) and name else identifier), name


def _said(interaction: Interaction) -> str:
    name = interaction.about.get("device")
    return name[:LONGEST] if isinstance(name, str) else ""


def _is_vague(name: str) -> bool:
    return name.startswith(f"{UNKNOWN}-")
