"""The section `devices`, in config.yaml or in devices.yaml beside it: devices by name."""

from typing import Annotated, Literal

from gateway.config.faults import FaultEntry
from gateway.config.marks import After, Before, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Section
from gateway.config.rules import Rule
from gateway.config.section import CassetteName, Mode, SomeText, listed, read
from gateway.config.values import IPAddress, any_address, networks

DEVICES_FILE = "devices.yaml"
"""File beside config.yaml. Its `devices` replace devices of config.yaml, device by device."""


def _place(value: str) -> str:
    if value == "private":
        raise ValueError(unexpected("an address such as 192.168.0.7, or a network", value))
    networks(value)
    return value


def _lead(value: object) -> IPAddress | str:
    """Read what a device is told of the API's hosts."""
    if value == "off":
        return "off"
    try:
        return any_address(value)
    except ValueError:
        raise ValueError(unexpected("off, or the IP address of a gateway", value)) from None


class DeviceMatchSection(Section, frozen=True):
    """By what a device is known: everything that is given must hold."""

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
    """Its own identifier: v1's `deviceId`, or the whole value of AP-Device-Identifier; null: any. It counts where it stands in a header field or in the query."""
    user_agent: SomeText | None = None
    """Text that stands in its User-Agent, case aside; null: any."""


class DeviceSection(Section, frozen=True):
    """A device with a name, which log, page and findings then use."""

    match: DeviceMatchSection
    """By what it is known."""
    public_address: Annotated[IPAddress, read(IPAddress, any_address), Schema({"type": "string"})] | None = None
    """Address that is sent as its X-Forwarded-For. You must hold it, where the upstream is a network; null: `forwarded_for.pool`, then `fallback`."""
    upstream: str | None = None
    """Name of the upstream for this device's calls. It goes before `route_by_host`. null: the same upstream as for other devices."""
    mode: Mode | None = None
    """Mode for this device's calls. null: the `mode` of the gateway."""
    cassette: CassetteName | None = None
    """Cassette for this device's calls, written as in `cassettes.name`: they are recorded into it and replayed from it. null: the gateway's cassette."""
    rules: tuple[Rule, ...] | None = None
    """Rules for this device's requests and answers, in place of the gateway's `rules`. An empty list changes nothing. null: the `rules` of the gateway."""
    faults: tuple[FaultEntry, ...] | None = None
    """Faults for this device's calls, in place of the gateway's `faults`. null: the `faults` of the gateway."""
    dns: Annotated[Literal["off"] | IPAddress, read(IPAddress, _lead), Schema({"type": "string"})] | None = None
    """What `lab.dns` answers this device for the names of the API: an address in place of `lab.address`, such as another gateway's, or `off`, which is the real answer and leaves the device alone. `match.address` must name the device. null: the same answer as for other devices."""
