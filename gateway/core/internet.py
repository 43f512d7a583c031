"""Which addresses are hosts of the public internet: all that something inside, or a host's own neighbourhood, can have are not.

Facts
-----
* The networks below are those of IANA's registries of special-purpose addresses (RFC 6890), and multicast. They stand here, and
  not in a question to `ipaddress`, whose answer depends on the version of Python.
* Of IPv6, hosts have addresses in 2000::/3 alone (IANA, "IPv6 Global Unicast Address Assignments"). So what carries an IPv4 address
  is outside from the start: IPv4-mapped ::ffff:0:0/96, IPv4-compatible ::/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48. Teredo
  2001::/32 and 6to4 2002::/16 are inside, and are named.
* A cloud's metadata stands at 169.254.169.254, 100.100.100.200 and 192.0.0.192, which are inside networks below, and at
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
    """Whether a text is the address of a host of the public internet. A zone (`fe80::1%eth0`) is of this network alone."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.version == 6 and (address not in _HOSTS or address.scope_id):  # noqa: PLR2004  # IPv6
        return False
    return not any(address in network for network in _INSIDE)
