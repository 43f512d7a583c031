"""The API's devices: a list of the devices of the kept exchanges, and names for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from time import time
from typing import Any

from msgspec.structs import replace

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
from gateway.transports.player import Player

LAST = 5
"""How many of its last exchanges a device is shown with."""


async def list_(asked: ApiCall) -> list[DeviceShown]:
    """List the devices, latest call first."""
    named = asked.gateway.named

    def look(reader: JournalReader, kept: Sequence[Numbered]) -> list[tuple[DeviceShown, str]]:
        seen: dict[str, list[Numbered]] = {}
        for numbered in kept:
            name = _name(numbered.exchange, named)
            seen.setdefault(name, seen.pop(name, [])).append(numbered)  # the device of the latest call comes last
        folder = asked.controlled.folder
        plays = {shown_name(folder, path): (one, _recorded_names(one)) for path, one in asked.gateway.players.items()}
        return [
            (_device(reader, name, seen[name], asked.gateway, plays), _budget_of(seen[name][-1].exchange))
            for name in reversed(seen)
        ]

    shown = await reader_of(asked).read(look)
    budgets = await asked.gateway.state.latest({key for _, key in shown if key})
    now = time()
    return [replace(device, throttle=_throttle(budgets.get(key), now)) for device, key in shown]


async def name(asked: ApiCall) -> list[DeviceShown]:
    """Name a device. The name is written to devices.yaml, and is valid at once."""
    naming, called = asked.controlled.naming, asked.path["device"]
    wanted: DeviceNameWanted = asked.body
    if naming is None:
        raise ControlError(409, "no_devices_file", "The gateway reads no devices.yaml, so it cannot name devices.")
    named = asked.gateway.named

    def look(_: JournalReader, kept: Sequence[Numbered]) -> Exchange | None:
        spoke = [numbered.exchange for numbered in reversed(kept) if _name(numbered.exchange, named) == called]
        return next((one for one in spoke if one.received.device.identifier), spoke[0] if spoke else None)

    exchange = await reader_of(asked).read(look)
    if exchange is None:
        raise ControlError(
            404,
            "device_unknown",
            "No kept exchange is from a device with this name. GET /api/devices lists the devices.",
        )
    device = exchange.received.device
    by: KnownBy = wanted.by or ("identifier" if device.identifier else "address")
    try:
        await naming.name(wanted.name, by, device, exchange.received)
    except ValueError as error:
        raise ControlError(400, "invalid_name", str(error)) from None
    return await list_(asked)


def _name(exchange: Exchange, named: NamedDevices) -> str:
    """Return the present name of an exchange's device. It may have got its name after the exchange."""
    name, is_one = named.name_of(exchange.received, exchange.device.address)
    return name if is_one else exchange.device.name


def _device(
    reader: JournalReader,
    name: str,
    spoke: Sequence[Numbered],
    gateway: Steered,
    plays: Mapping[str, tuple[Player, Mapping[str, str]]],
) -> DeviceShown:
    """Return what is shown of a device, without its `throttle`. `spoke`: its exchanges; `plays`: the players by cassette, with the names of recorded devices."""
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
        throttle=None,
        replays=_replays(reader.device_pseudonym(exchange), *plays.get(setting.cassette, (None, {}))),
        last=last,
    )


def _replays(pseudonym: str, player: Player | None, names: Mapping[str, str]) -> str:
    """Return the name of the recorded device whose answers a live device gets.

    The name is empty for a device that was recorded itself. If the cassette lacks a call of this device, the call may still get another
    device's answer.
    """
    if player is None or not pseudonym or pseudonym in names:
        return ""
    played = player.plays(pseudonym)
    return names.get(played, played)


def _budget_of(exchange: Exchange) -> str:
    """Return the key under which the calls of an exchange's address are counted; empty if the address is unknown."""
    address = exchange.received.client or exchange.device.address
    return f"THR003 in {tag(address)}" if address else ""


def _throttle(bucket: Any, now: float) -> ThrottleBudget | None:
    """Return how many more calls an address may make now; None if no check has counted its calls."""
    if bucket is None:
        return None
    return ThrottleBudget(round(min(CAPACITY, bucket.calls + max(0.0, now - bucket.at)), 1), CAPACITY)


def _recorded_names(player: Player) -> Mapping[str, str]:
    """Return the names of recorded devices, by pseudonym."""
    pseudonyms = [head.device for head in heads_of(player.interactions)]
    return dict(zip(pseudonyms, device_names(player.interactions), strict=True))


ENDPOINTS = (
    endpoint("/api/devices", list_, list[DeviceShown]),
    Endpoint("PUT", "/api/devices/{device}/name", name, gives=list[DeviceShown], takes=DeviceNameWanted),
)
