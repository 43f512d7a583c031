"""Selects the requests that a rule applies to, by requestor, device, host and route. Each condition is optional."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gateway.core.adobe.routes import RoutePattern
from gateway.core.devices import device_identifier
from gateway.core.headers import bare_host
from gateway.core.model import Request


class LogoutWhen(Struct, frozen=True):
    """The v1 logouts that are translated. A condition is met if one of its entries is met. A missing condition is always met."""

    requestor: tuple[str, ...] = ()
    """Service providers, by their id."""
    device: tuple[str, ...] = ()
    """Devices, by the identifier that they send or by their address."""
    host: tuple[str, ...] = ()
    """Hosts that the app asked for. Port and case do not matter."""

    def matches(self, request: Request, requestor: str) -> bool:
        """Return whether a rule applies to `request`, which names this requestor."""
        return (
            (not self.requestor or requestor in self.requestor)
            and (not self.device or _is_of(self.device, request))
            and (not self.host or bare_host(request.headers.get("Host")) in map(bare_host, self.host))
        )


class HeaderWhen(Struct, frozen=True):
    """The messages that the rule applies to. A condition is met if one of its entries is met. A missing condition is always met."""

    route: tuple[RoutePattern, ...] = ()
    """Routes of requests, written as `METHOD /path`, like the entries of `cassettes.record`."""
    device: tuple[str, ...] = ()
    """Devices, by the identifier that they send or by their address."""

    def matches(self, request: Request) -> bool:
        """Return whether a rule applies to `request`."""
        return (not self.route or any(route.matches(request.method, request.path) for route in self.route)) and (
            not self.device or _is_of(self.device, request)
        )


def _is_of(devices: Sequence[str], request: Request) -> bool:
    """Compare bytes: an identifier is read as ISO-8859-1, and a configuration is text."""
    identifier = device_identifier(request).encode("latin-1", "replace")
    return any(request.client == device or identifier == device.encode() for device in devices)
