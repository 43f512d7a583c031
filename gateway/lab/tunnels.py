"""The other destinations of a lab's proxy: only hosts and ports that the configuration lists.

Facts
-----
* A proxy must reach only a limited set of hosts and ports. Otherwise it can be used for attacks (RFC 9110 sections 9.3.6 and 17.16).
* The list contains names. DNS may give one address to the check, and another one a moment later (rebinding). So the address is checked
  right before the connection, and the connection goes to the checked address.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.core.hostport import host_port
from gateway.wire.reading import Refusal

NOT_PRIVATE = Refusal(403, "proxy_not_private", "This proxy serves only private networks.")
FULL = Refusal(503, "proxy_full", "The proxy has too many open tunnels.")
NO_ADDRESS = Refusal(502, "proxy_no_address", "DNS has no address for that host.")
INSIDE = Refusal(
    403,
    "proxy_inside",
    "This proxy connects only to public addresses. The addresses of that host are loopback, private, link-local, metadata, or IPv4 in IPv6.",
)
UNREACHED = Refusal(502, "proxy_unreached", "That host does not accept a connection.")
LATE = Refusal(504, "proxy_timeout", "That host did not accept a connection in time.")
NOT_PLAIN = Refusal(
    403, "proxy_not_plain", "This proxy passes on http:// URLs of other hosts; ask for https with CONNECT."
)


class ProxyRefusedError(Exception):
    """The proxy may not connect there."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def not_listed(host: str, port: int) -> Refusal:
    """Return the refusal of a host and port that are not listed. It says how to list them."""
    where = host_port(host, port)
    return Refusal(403, "proxy_not_listed", f"This proxy does not connect to {where}. Add it to lab.proxy.tunnel.")


def is_listed(host: str, port: int, listed: Collection[tuple[str, int]]) -> bool:
    """Whether a port and a host, in lower case, are listed. An entry `.example.com` means example.com and everything below it."""
    if (host, port) in listed:
        return True
    labels = host.split(".")
    return any((f".{'.'.join(labels[at:])}", port) in listed for at in range(len(labels)))
