"""The section `devices`, in config.yaml or in devices.yaml beside it: devices by name."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from gateway.config.problems import unexpected
from gateway.config.section import Section, read
from gateway.config.values import IPAddress, any_address, networks

DEVICES_FILE = "devices.yaml"
"""File beside config.yaml. Its `devices` replace devices of config.yaml, device by device."""


def _place(value: str) -> str:
    if value == "private":
        raise ValueError(unexpected("an address such as 192.168.0.7, or a network", value))
    networks(value)
    return value


class DeviceMatchSection(Section):
    """By what a device is known: everything that is given must hold."""

    address: Annotated[str, AfterValidator(_place)] | None = None
    """Its own address, or the network that it is in, such as `192.168.0.7`; null: any."""
    identifier: Annotated[str, Field(min_length=1)] | None = None
    """Its own identifier: v1's `deviceId`, or the whole value of AP-Device-Identifier; null: any. It counts where it stands in a header field or in the query."""
    user_agent: Annotated[str, Field(min_length=1)] | None = None
    """Text that stands in its User-Agent, case aside; null: any."""


class DeviceSection(Section):
    """A device with a name, which log, page and findings then use."""

    match: DeviceMatchSection
    """By what it is known."""
    public_address: Annotated[IPAddress, read(IPAddress, any_address), WithJsonSchema({"type": "string"})] | None = None
    """Address that is sent as its X-Forwarded-For. You must hold it, where the upstream is a network; null: `forwarded_for.pool`, then `fallback`."""
    upstream: str | None = None
    """Name of the upstream for this device's calls. It goes before `route_by_host`. null: the same upstream as for other devices."""
