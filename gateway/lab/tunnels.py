"""The other destinations of a lab's proxy: only hosts and ports that the configuration lists.

Facts
-----
* A proxy must reach only a limited set of ports and hosts, or it can be used against others (RFC 9110 sections 9.3.6 and 17.16).
* The list holds names. The address of a name is checked again right before the connection, and the connection goes to the
  checked address: DNS may give one address to the check, and another one a moment later (rebinding).
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.core.hostport import host_port
from gateway.wire.reading import Refusal

NOT_PRIVATE = Refusal(403, "proxy_not_private", "This proxy serves private networks alone.")
FULL = Refusal(503, "proxy_full", "As many tunnels are open as there may be.")
NO_ADDRESS = Refusal(502, "proxy_no_address", "The name of that host has no address (DNS).")
INSIDE = Refusal(
    403,
    "proxy_inside",
    "That host leads to an address that is not of the public internet (loopback, private, link-local, metadata, or IPv4 in IPv6), where this proxy never leads.",
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
    """Say that a host and port are not listed, and how to list them."""
    where = host_port(host, port)
    return Refusal(403, "proxy_not_listed", f"This proxy does not lead to {where}: lab.proxy.tunnel does not list it.")


def is_listed(host: str, port: int, listed: Collection[tuple[str, int]]) -> bool:
    """Whether a host, in lower case, and a port are listed; an entry `.example.com` is example.com and everything below it."""
    if (host, port) in listed:
        return True
    labels = host.split(".")
    return any((f".{'.'.join(labels[at:])}", port) in listed for at in range(len(labels)))
