"""Decides whether an address is a host of the public internet. Addresses of private networks, and of the host itself, are not.

Facts
-----
* The networks below are the networks of IANA's registries of special-purpose addresses (RFC 6890), and multicast. They are listed here,
  since the answers of `ipaddress` depend on the version of Python.
* In IPv6, only addresses in 2000::/3 belong to hosts (IANA, "IPv6 Global Unicast Address Assignments"). So the addresses that carry an
  IPv4 address are outside already: IPv4-mapped ::ffff:0:0/96, IPv4-compatible ::/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48. Teredo
  2001::/32 and 6to4 2002::/16 are inside 2000::/3, so they are listed.
* A cloud serves its metadata at 169.254.169.254, 100.100.100.200 and 192.0.0.192, which are in networks below, and at
  168.63.129.16, which looks like any other address (learn.microsoft.com, "What is IP address 168.63.129.16?").
"""

from __future__ import annotations

import ipaddress

_HOSTS = ipaddress.ip_network("2000::/3")
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved and broadcast
        "168.63.129.16/32",
        "2001::/23",  # protocols, Teredo among them
        "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip


def is_on_the_internet(text: str) -> bool:
    """Whether a text is the address of a host of the public internet. An address with a zone (`fe80::1%eth0`) is local."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.version == 6 and (address not in _HOSTS or address.scope_id):  # noqa: PLR2004  # IPv6
        return False
    return not any(address in network for network in _INSIDE)
