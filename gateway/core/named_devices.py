"""Devices that a configuration names: their calls, the address that Adobe gets, and their upstream.

Facts
-----
* Adobe throttles by the device's public address (throttling-mechanism page). In a lab, all devices have the same public address, or each
  has a private one. With its own public address, a device gets its own bucket.
* A call is matched by its address, and by the device's identifier and the User-Agent in its head.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gateway.core.devices import device_identifier, own_identifier
from gateway.core.headers import Network, is_in, parse_address
from gateway.core.model import Request


class NamedDevice(Struct, frozen=True):
    """A device with a name. A call belongs to it if all given conditions hold."""

    name: str
    networks: tuple[Network, ...] = ()
    """The device's own addresses, or their networks; empty: any."""
    identifier: str = ""
    """Its own identifier, as in v1's `deviceId` or v2's AP-Device-Identifier; empty: any."""
    user_agent: str = ""
    """Text in the User-Agent, in any case; empty: any."""
    public_address: str = ""
    """The address that Adobe gets; empty: the same as for an unnamed device at this address."""
    upstream: str = ""
    """The upstream of its calls; empty: the same upstream as for other devices."""

    def owns(self, request: Request, address: str) -> bool:
        """Whether a call from `address`, the device's own address, belongs to this device."""
        if self.networks:
            read = parse_address(address)
            if read is None or not is_in(read, self.networks):
                return False
        if self.identifier and device_identifier(request) != own_identifier(self.identifier):
            return False
        return not self.user_agent or self.user_agent.lower() in request.headers.get("User-Agent", "").lower()

    @property
    def is_one(self) -> bool:
        """Whether it is certainly one device: it has an identifier, or its own addresses."""
        alone = bool(self.networks) and all(network.num_addresses == 1 for network in self.networks)
        return bool(self.identifier) or alone


class NamedDevices(Struct, frozen=True):
    """All named devices. A call belongs to the first device that matches."""

    devices: Sequence[NamedDevice] = ()

    def of(self, request: Request, address: str) -> NamedDevice | None:
        """Return the device of this call; None for an unnamed device."""
        return next((device for device in self.devices if device.owns(request, address)), None)

    def at(self, address: str) -> NamedDevice | None:
        """Return the first device with a network that includes this address; None without one. It is for an address without a call."""
        read = parse_address(address)
        return next(
            (
                device
                for device in self.devices
                if read is not None and any(read in one for one in device.networks if one.version == read.version)
            ),
            None,
        )

    def name_of(self, request: Request, address: str) -> tuple[str, bool]:
        """Return the name of the device of this call, and whether the name belongs to one device only. Empty for an unnamed device."""
        if not self.devices:
            return "", False
        device = self.of(request, address)
        return (device.name, device.is_one) if device is not None else ("", False)
