"""Where a lab's proxy may open a tunnel to, for hosts that are none of the API's.

Facts
-----
* The list names host and port; nothing else is reached, whatever a client sends (RFC 9110 section 9.3.6 asks proxies for
  such a list).
* What is checked is the address that is connected to, and not the name: a name may lead to loopback, to a private network
  or to a cloud's metadata, and to something else a moment later (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable

from gateway.lab.dns_lines import Address

_SHARED = ipaddress.ip_network("100.64.0.0/10")
"""Shared address space of carriers (RFC 6598); Alibaba's metadata stands in it."""
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
"""IPv4 addresses in IPv6 form (RFC 6052, 8215): what a translator makes of them could be anything."""
_LAST_BITS = (1 << 32) - 1


def is_listed(host: str, port: int, listed: Collection[tuple[str, int]]) -> bool:
    """Whether a tunnel to a host and port is allowed; the case of a host does not matter."""
    return (host.lower().rstrip("."), port) in listed


def reachable(addresses: Iterable[str]) -> list[Address]:
    """Return the addresses of a host to which a tunnel may be connected: those of the public internet."""
    found = []
    for text in addresses:
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            continue
        if all(_is_public(each) for each in (address, *_within(address))):
            found.append(address)
    return found


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in _SHARED


def _within(address: Address) -> Iterable[Address]:
    """Yield the IPv4 addresses that an IPv6 address carries: mapped, of 6to4, of Teredo, or of NAT64."""
    if not isinstance(address, ipaddress.IPv6Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if any(address in network for network in _NAT64):
        yield ipaddress.IPv4Address(int(address) & _LAST_BITS)
