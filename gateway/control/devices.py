"""The API's devices: each that spoke within the exchanges that are kept, what it says it is, and how it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from time import time
from typing import Any

from gateway.control.exchanges import endpoint
from gateway.control.model import DeviceShown, ThrottleBudget
from gateway.control.readers import reader_of
from gateway.control.reading import JournalReader, Numbered
from gateway.control.routes import ApiCall
from gateway.core.adobe.call import tag
from gateway.core.checks.thr.thr003_throttle_budget import CAPACITY
from gateway.core.recorded import heads_of
from gateway.core.recorded_devices import device_names
from gateway.core.severity import worst
from gateway.core.state import SharedState
from gateway.transports.player import Player

LAST = 5
"""How many of its last exchanges a device shows."""


async def list_(asked: ApiCall) -> list[DeviceShown]:
    """List the devices, the one that spoke last first."""
    state, player = asked.gateway.state, asked.gateway.player
    now = time()

    def look(reader: JournalReader, kept: Sequence[Numbered]) -> list[DeviceShown]:
        seen: dict[str, list[Numbered]] = {}
        for numbered in kept:
            name = numbered.exchange.device.name
            seen.setdefault(name, seen.pop(name, [])).append(numbered)  # whoever speaks goes to the end
        names = _recorded_names(player)
        return [_device(reader, seen[name], state, now, names) for name in reversed(seen)]

    return await reader_of(asked).read(look)


def _device(
    reader: JournalReader, spoke: Sequence[Numbered], state: SharedState, now: float, names: Mapping[str, str]
) -> DeviceShown:
    exchange = spoke[-1].exchange
    last = [reader.shown(numbered) for numbered in spoke[: -LAST - 1 : -1]]
    found = Counter(finding.id for numbered in spoke for finding in numbered.exchange.findings)
    severities = [finding.severity for numbered in spoke for finding in numbered.exchange.findings]
    pseudonym = reader.device_pseudonym(exchange)
    plays_itself = (
        not pseudonym or pseudonym in names
    )  # where a call of its own is not in the cassette, one answer may be another's
    played = "" if plays_itself else state.plays(pseudonym)
    described = next(
        (numbered.exchange for numbered in reversed(spoke) if numbered.exchange.device.description), exchange
    )
    return DeviceShown(
        name=exchange.device.name,
        address=last[0].address,
        description=reader.description(described),
        exchanges=len(spoke),
        severity=worst(severities) or "info",
        findings=dict(found),
        throttle=_throttle(state, exchange.received.client or exchange.device.address, now),
        replays=names.get(played, played),
        last=last,
    )


def _throttle(state: SharedState, address: str, now: float) -> ThrottleBudget | None:
    """Return what is left of an address's calls now; None where no check has counted them."""
    bucket: Any = state.slices.get(f"THR003 in {tag(address)}") if address else None
    if bucket is None:
        return None
    return ThrottleBudget(round(min(CAPACITY, bucket.calls + max(0.0, now - bucket.at)), 1), CAPACITY)


def _recorded_names(player: Player | None) -> Mapping[str, str]:
    """Return the names of recorded devices by their pseudonyms."""
    if player is None:
        return {}
    pseudonyms = [head.device for head in heads_of(player.interactions)]
    return dict(zip(pseudonyms, device_names(player.interactions), strict=True))


ENDPOINTS = (endpoint("/api/devices", list_, list[DeviceShown]),)
