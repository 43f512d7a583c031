"""The configuration as it holds for one named device, and for those who are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from gateway.config.faults import OneFault
from gateway.config.model import Config
from gateway.config.problems import Loc, dotted
from gateway.config.rules import Rule, deprecated
from gateway.config.section import Mode

OWN = ("mode", "cassette", "rules", "faults")
"""What a device may say of its own calls, in the place of what holds for all."""


def of_device(config: Config, name: str) -> Config:
    """Return the configuration as it holds for the calls of a named device."""
    device = config.devices[name]
    said = {key: value for key in OWN if key != "cassette" and (value := getattr(device, key)) is not None}
    if device.cassette is not None:
        said["cassettes"] = replace(config.cassettes, name=device.cassette)
    return replace(config, **said) if said else config


def each_way(config: Config) -> Iterator[tuple[Loc, Config]]:
    """Yield the configuration as it holds for all, and for each device that has settings of its own, with their places."""
    yield (), config
    yield from ((("devices", name), of_device(config, name)) for name in with_settings(config))


def with_settings(config: Config) -> list[str]:
    """Return the names of the devices that have settings of their own."""
    return [name for name, device in config.devices.items() if any(getattr(device, key) is not None for key in OWN)]


def modes_of(config: Config) -> set[Mode]:
    """Return every mode that holds for some device."""
    return {of.mode for _, of in each_way(config)}


def rules_said(config: Config) -> Iterator[tuple[Loc, Sequence[Rule]]]:
    """Yield the rules for all, and those of each device that has its own, with their places."""
    yield ("rules",), config.rules
    for name, device in config.devices.items():
        if device.rules is not None:
            yield ("devices", name, "rules"), device.rules


def deprecated_of_all(config: Config) -> Iterator[tuple[str, str]]:
    """Yield each deprecated key of a configuration's rules, those of devices as well, with its place, and what is to be written for it."""
    for place, rules in rules_said(config):
        of = dotted(place[:-1])
        for where, instead in deprecated(replace(config, rules=tuple(rules))):
            yield f"{of}.{where}" if of else where, instead


def faults_said(config: Config) -> Iterator[tuple[Loc, Sequence[OneFault]]]:
    """Yield the faults for all, and those of each device that has its own, with their places."""
    yield ("faults",), config.faults
    for name, device in config.devices.items():
        if device.faults is not None:
            yield ("devices", name, "faults"), device.faults


def reachable(config: Config) -> list[str]:
    """Return the upstreams to which calls of unnamed devices may go, if their mode asks any."""
    return list(config.upstreams) if config.route_by_host else [config.upstream]


def reached(config: Config, device: str | None) -> list[str]:
    """Return the upstreams to which calls of a named device may go, or those of unnamed ones (None); a replay asks nobody."""
    own = config.devices[device] if device is not None else None
    if ((own is not None and own.mode) or config.mode) == "replay":
        return []
    return [own.upstream] if own is not None and own.upstream is not None else reachable(config)


def asked(config: Config) -> Iterator[tuple[Loc, list[str]]]:
    """Yield the upstreams to which calls may go, with the place that leads there."""
    yield ("route_by_host" if config.route_by_host else "upstream",), reached(config, None)
    for name, device in config.devices.items():
        if device.upstream is not None or device.mode is not None:
            key = "mode" if device.upstream is None else "upstream"
            yield ("devices", name, key), reached(config, name)


def same_for_all(config: Config) -> Config:
    """Return the configuration without settings of single devices: for a suite of tests, a command or a session, whose callers are none."""
    none = dict.fromkeys(OWN)
    devices = {name: replace(device, **none) for name, device in config.devices.items()}
    return replace(config, devices=devices)
