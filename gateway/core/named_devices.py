"""Devices that a configuration names: which calls are theirs, what Adobe is told their address is, and which upstream they have.

Facts
-----
* Adobe throttles by the device's public address (throttling-mechanism page). In a lab all devices have the same one, or a private
  one each; an address of its own gives a device its own bucket.
* A device is matched by what its call's head says: the address that it comes from, its own identifier, its User-Agent.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gateway.core.devices import device_identifier, own_identifier
from gateway.core.headers import Network, is_in, parse_address
from gateway.core.model import Request


class NamedDevice(Struct, frozen=True):
    """A device with a name. A call is its own if everything that is given here holds."""

    name: str
    networks: tuple[Network, ...] = ()
    """The device's own addresses, or the networks that they are in; empty: any."""
    identifier: str = ""
    """Its own identifier, as v1's `deviceId` or v2's AP-Device-Identifier has it; empty: any."""
    user_agent: str = ""
    """Text that stands in User-Agent, case aside; empty: any."""
    public_address: str = ""
    """The address that Adobe is told; empty: the same as for an unnamed device at this address."""
    upstream: str = ""
    """The upstream of its calls; empty: the same upstream as for other devices."""

    def owns(self, request: Request, address: str) -> bool:
        """Whether a call that came from `address`, the device's own, is this device's."""
        if self.networks:
            read = parse_address(address)
            if read is None or not is_in(read, self.networks):
                return False
        if self.identifier and device_identifier(request) != own_identifier(self.identifier):
            return False
        return not self.user_agent or self.user_agent.lower() in request.headers.get("User-Agent", "").lower()

    @property
    def is_one(self) -> bool:
        """Whether it is certainly one device, whatever its calls say: it has an identifier, or addresses of its own."""
        alone = bool(self.networks) and all(network.num_addresses == 1 for network in self.networks)
        return bool(self.identifier) or alone


class NamedDevices(Struct, frozen=True):
    """All of them; the first one that a call is of has it."""

    devices: Sequence[NamedDevice] = ()

    def of(self, request: Request, address: str) -> NamedDevice | None:
        """Return the device of this call; None for an unnamed device."""
        return next((device for device in self.devices if device.owns(request, address)), None)

    def at(self, address: str) -> NamedDevice | None:
        """Return the first device that is named by an address, or a network, that this one is in; None where no call says more."""
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
        """Return the name of the device of this call, and whether the name stands for one device only; empty for an unnamed device."""
        device = self.of(request, address)
        return (device.name, device.is_one) if device is not None else ("", False)
