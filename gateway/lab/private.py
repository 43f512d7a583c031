"""Who may use a lab's services: only clients in private networks. An open resolver or proxy can be abused for attacks."""

from __future__ import annotations

import ipaddress

_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fe80::/10", "fc00::/7",
    )
)  # fmt: skip


def is_private(address: str) -> bool:
    """Whether an address is private, loopback or link-local. An IPv4 address in IPv6 form counts as the IPv4 address."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped:
        read = read.ipv4_mapped
    return any(read in network for network in _PRIVATE)
