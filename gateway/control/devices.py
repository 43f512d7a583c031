"""The API's devices: each that spoke within the exchanges that are kept, what it says it is, how it does, and what it is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from time import time
from typing import Any

from gateway.control.errors import ControlError
from gateway.control.exchanges import endpoint
from gateway.control.model import DeviceNameWanted, DeviceShown, ThrottleBudget
from gateway.control.naming import shown_name
from gateway.control.readers import reader_of
from gateway.control.reading import JournalReader, Numbered
from gateway.control.routes import ApiCall, Endpoint
from gateway.control.steering import KnownBy, Steered
from gateway.core.adobe.call import tag
from gateway.core.checks.thr.thr003_throttle_budget import CAPACITY
from gateway.core.model import Exchange
from gateway.core.named_devices import NamedDevices
from gateway.core.recorded import heads_of
from gateway.core.recorded_devices import device_names
from gateway.core.severity import worst
from gateway.core.state import SharedState
from gateway.transports.player import Player

LAST = 5
"""How many of its last exchanges a device shows."""


async def list_(asked: ApiCall) -> list[DeviceShown]:
    """List the devices, the one that spoke last first."""
    named = asked.gateway.named
    now = time()

    def look(reader: JournalReader, kept: Sequence[Numbered]) -> list[DeviceShown]:
        seen: dict[str, list[Numbered]] = {}
        for numbered in kept:
            name = _name(numbered.exchange, named)
            seen.setdefault(name, seen.pop(name, [])).append(numbered)  # whoever speaks goes to the end
        folder = asked.controlled.folder
        plays = {shown_name(folder, path): (one, _recorded_names(one)) for path, one in asked.gateway.players.items()}
        return [_device(reader, name, seen[name], asked.gateway, plays, now) for name in reversed(seen)]

    return await reader_of(asked).read(look)


async def name(asked: ApiCall) -> list[DeviceShown]:
    """Name a device: it is added to devices.yaml, and to no other file, and its name is in force at once."""
    naming, called = asked.controlled.naming, asked.path["device"]
    wanted: DeviceNameWanted = asked.body
    if naming is None:
        raise ControlError(409, "no_devices_file", "Devices are named where `gateway run` reads devices.yaml.")
    named = asked.gateway.named

    def look(_: JournalReader, kept: Sequence[Numbered]) -> Exchange | None:
        spoke = [numbered.exchange for numbered in reversed(kept) if _name(numbered.exchange, named) == called]
        return next((one for one in spoke if one.received.device.identifier), spoke[0] if spoke else None)

    exchange = await reader_of(asked).read(look)
    if exchange is None:
        raise ControlError(404, "device_unknown", "No device of this name is among those that spoke: GET /api/devices.")
    device = exchange.received.device
    by: KnownBy = wanted.by or ("identifier" if device.identifier else "address")
    try:
        await naming.name(wanted.name, by, device, exchange.received)
    except ValueError as error:
        raise ControlError(400, "invalid_name", str(error)) from None
    return await list_(asked)


def _name(exchange: Exchange, named: NamedDevices) -> str:
    """Return what an exchange's device is called now: it may have got its name since."""
    name, is_one = named.name_of(exchange.received, exchange.device.address)
    return name if is_one else exchange.device.name


def _device(
    reader: JournalReader,
    name: str,
    spoke: Sequence[Numbered],
    gateway: Steered,
    plays: Mapping[str, tuple[Player, Mapping[str, str]]],
    now: float,
) -> DeviceShown:
    """Show a device by what it spoke; `plays` has players by their cassettes, with the names of recorded devices."""
    exchange = spoke[-1].exchange
    last = [reader.shown(numbered) for numbered in spoke[: -LAST - 1 : -1]]
    found = Counter(finding.id for numbered in spoke for finding in numbered.exchange.findings)
    severities = [finding.severity for numbered in spoke for finding in numbered.exchange.findings]
    described = next(
        (numbered.exchange for numbered in reversed(spoke) if numbered.exchange.device.description), exchange
    )
    configured = gateway.named.of(exchange.received, exchange.device.address)
    setting = gateway.setting_of(configured.name if configured is not None else "")
    return DeviceShown(
        name=name,
        named=configured is not None,
        address=last[0].address,
        description=reader.description(described),
        mode=setting.mode,
        upstream=exchange.received.upstream,
        cassette=setting.cassette,
        exchanges=len(spoke),
        severity=worst(severities) or "info",
        findings=dict(found),
        throttle=_throttle(gateway.state, exchange.received.client or exchange.device.address, now),
        replays=_replays(reader.device_pseudonym(exchange), *plays.get(setting.cassette, (None, {}))),
        last=last,
    )


def _replays(pseudonym: str, player: Player | None, names: Mapping[str, str]) -> str:
    """Return the recorded device that a live one plays; empty for one that was recorded itself: where a call of its own is not in the cassette, one answer may be another's."""
    if player is None or not pseudonym or pseudonym in names:
        return ""
    played = player.plays(pseudonym)
    return names.get(played, played)


def _throttle(state: SharedState, address: str, now: float) -> ThrottleBudget | None:
    """Return what is left of an address's calls now; None where no check has counted them."""
    bucket: Any = state.slices.get(f"THR003 in {tag(address)}") if address else None
    if bucket is None:
        return None
    return ThrottleBudget(round(min(CAPACITY, bucket.calls + max(0.0, now - bucket.at)), 1), CAPACITY)


def _recorded_names(player: Player) -> Mapping[str, str]:
    """Return the names of recorded devices by their pseudonyms."""
    pseudonyms = [head.device for head in heads_of(player.interactions)]
    return dict(zip(pseudonyms, device_names(player.interactions), strict=True))


ENDPOINTS = (
    endpoint("/api/devices", list_, list[DeviceShown]),
    Endpoint("PUT", "/api/devices/{device}/name", name, gives=list[DeviceShown], takes=DeviceNameWanted),
)
