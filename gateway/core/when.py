"""Says for which requests a rule is meant: by requestor, device, host and route, each of which may be left open."""

from __future__ import annotations

from msgspec import Struct

from gateway.core.adobe.routes import RoutePattern
from gateway.core.devices import device_identifier
from gateway.core.headers import bare_host
from gateway.core.model import Request


class When(Struct, frozen=True):
    """Conditions that must all be met, each by one of its entries; one without entries is met by everything."""

    requestor: tuple[str, ...] = ()
    """Service providers, as v1's `requestor` names them."""
    device: tuple[str, ...] = ()
    """Devices, by the identifier that they send, or by their address."""
    host: tuple[str, ...] = ()
    """Hosts that the app asked for, port and case aside."""
    route: tuple[RoutePattern, ...] = ()

    def matches(self, request: Request, requestor: str = "") -> bool:
        """Say whether a rule is meant for `request`, in which it has found this requestor."""
        return (
            (not self.requestor or requestor in self.requestor)
            and (not self.device or self._is_one_of_the_devices(request))
            and (not self.host or bare_host(request.headers.get("Host")) in map(bare_host, self.host))
            and (not self.route or any(route.matches(request.method, request.path) for route in self.route))
        )

    def _is_one_of_the_devices(self, request: Request) -> bool:
        """Compare bytes: an identifier is read as ISO-8859-1, and a configuration is text."""
        identifier = device_identifier(request).encode("latin-1", "replace")
        return any(request.client == device or identifier == device.encode() for device in self.device)
