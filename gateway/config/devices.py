"""The section `devices`: devices by name. It stands in config.yaml, or in devices.yaml beside it."""

from typing import Annotated, Literal

from gateway.config.faults import FaultEntry
from gateway.config.marks import After, Before, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Section
from gateway.config.rules import Rule
from gateway.config.section import CassetteName, Mode, SomeText, listed, read
from gateway.config.values import IPAddress, any_address, networks

DEVICES_FILE = "devices.yaml"
"""File beside config.yaml. A device in it replaces the device of the same name in config.yaml."""


def _place(value: str) -> str:
    if value == "private":
        raise ValueError(unexpected("an address such as 192.168.0.7, or a network", value))
    networks(value)
    return value


def _lead(value: object) -> IPAddress | str:
    """Read the answer that a device gets for the API's hosts."""
    if value == "off":
        return "off"
    try:
        return any_address(value)
    except ValueError:
        raise ValueError(unexpected("off, or the IP address of a gateway", value)) from None


class DeviceMatchSection(Section, frozen=True):
    """How a device is recognised. All given keys must match."""

    address: Annotated[
        tuple[Annotated[str, After(_place)], ...] | None,
        Before(listed),
        Schema(
            {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                    {"type": "null"},
                ]
            }
        ),
    ] = None
    """The device's address, such as `192.168.0.7`, or its network. A list if it also has an IPv6 address. null: any address."""
    identifier: SomeText | None = None
    """The device's own identifier: v1's `deviceId`, or the whole value of AP-Device-Identifier. It is found in header fields and in the query. null: any."""
    user_agent: SomeText | None = None
    """Text that its User-Agent contains; the case of letters does not matter. null: any."""


class DeviceSection(Section, frozen=True):
    """A device with a name. Log, page and findings use this name."""

    match: DeviceMatchSection
    """How the device is recognised."""
    public_address: Annotated[IPAddress, read(IPAddress, any_address), Schema({"type": "string"})] | None = None
    """Address that is sent as the device's X-Forwarded-For. Unless the upstream is an emulator, you must own this address. null: `forwarded_for.pool`, then `fallback`."""
    upstream: str | None = None
    """Name of the upstream for this device's calls. It is used even if `route_by_host` would choose another one. null: the same upstream as for other devices."""
    mode: Mode | None = None
    """Mode for this device's calls. null: the `mode` of the gateway."""
    cassette: CassetteName | None = None
    """Cassette for this device's calls, written as in `cassettes.name`. The calls are recorded into it, and replayed from it. null: the gateway's cassette."""
    rules: tuple[Rule, ...] | None = None
    """Rules for this device's requests and answers, in place of the gateway's `rules`. An empty list changes nothing. null: the `rules` of the gateway."""
    faults: tuple[FaultEntry, ...] | None = None
    """Faults for this device's calls, in place of the gateway's `faults`. null: the `faults` of the gateway."""
    dns: Annotated[Literal["off"] | IPAddress, read(IPAddress, _lead), Schema({"type": "string"})] | None = None
    """The answer of `lab.dns` to this device for the names of the API. An address, such as another gateway's, replaces `lab.address`. `off` gives the real answer, so the device's calls do not reach the gateway. The device must be recognised by `match.address`. null: the same answer as for other devices."""
