"""The configuration for one named device, and for unnamed devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from gateway.config.faults import OneFault
from gateway.config.model import Config
from gateway.config.problems import Loc, dotted
from gateway.config.rules import Rule, deprecated
from gateway.config.section import Mode

OWN = ("mode", "cassette", "rules", "faults")
"""The settings that a device may have for its own calls, in place of the common ones."""


def of_device(config: Config, name: str) -> Config:
    """Return the configuration for the calls of a named device."""
    device = config.devices[name]
    said = {key: value for key in OWN if key != "cassette" and (value := getattr(device, key)) is not None}
    if device.cassette is not None:
        said["cassettes"] = replace(config.cassettes, name=device.cassette)
    return replace(config, **said) if said else config


def each_way(config: Config) -> Iterator[tuple[Loc, Config]]:
    """Yield the common configuration, and the configuration of each device with its own settings. Each has its place."""
    yield (), config
    yield from ((("devices", name), of_device(config, name)) for name in with_settings(config))


def with_settings(config: Config) -> list[str]:
    """Return the names of the devices that have their own settings."""
    return [name for name, device in config.devices.items() if any(getattr(device, key) is not None for key in OWN)]


def modes_of(config: Config) -> set[Mode]:
    """Return all modes that are used."""
    return {of.mode for _, of in each_way(config)}


def rules_said(config: Config) -> Iterator[tuple[Loc, Sequence[Rule]]]:
    """Yield the common rules, and the rules of each device that has its own. Each list has its place."""
    yield ("rules",), config.rules
    for name, device in config.devices.items():
        if device.rules is not None:
            yield ("devices", name, "rules"), device.rules


def deprecated_of_all(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the place of each deprecated key in all rules, those of devices included, and its new spelling."""
    for place, rules in rules_said(config):
        of = dotted(place[:-1])
        for where, instead in deprecated(replace(config, rules=tuple(rules))):
            yield f"{of}.{where}" if of else where, instead


def faults_said(config: Config) -> Iterator[tuple[Loc, Sequence[OneFault]]]:
    """Yield the common faults, and the faults of each device that has its own. Each list has its place."""
    yield ("faults",), config.faults
    for name, device in config.devices.items():
        if device.faults is not None:
            yield ("devices", name, "faults"), device.faults


def reachable(config: Config) -> list[str]:
    """Return the upstreams for calls of unnamed devices, if the mode uses an upstream."""
    return list(config.upstreams) if config.route_by_host else [config.upstream]


def reached(config: Config, device: str | None) -> list[str]:
    """Return the upstreams for calls of a named device, or of unnamed devices if it is None. A replay has no upstreams."""
    own = config.devices[device] if device is not None else None
    if ((own is not None and own.mode) or config.mode) == "replay":
        return []
    return [own.upstream] if own is not None and own.upstream is not None else reachable(config)


def asked(config: Config) -> Iterator[tuple[Loc, list[str]]]:
    """Yield the upstreams that may get calls, with the place that chooses them."""
    yield ("route_by_host" if config.route_by_host else "upstream",), reached(config, None)
    for name, device in config.devices.items():
        if device.upstream is not None or device.mode is not None:
            key = "mode" if device.upstream is None else "upstream"
            yield ("devices", name, key), reached(config, name)


def same_for_all(config: Config) -> Config:
    """Return the configuration without the settings of single devices. Suites of tests, commands and sessions use it."""
    if not with_settings(config):
        return config
    none = dict.fromkeys(OWN)
    devices = {name: replace(device, **none) for name, device in config.devices.items()}
    return replace(config, devices=devices)
