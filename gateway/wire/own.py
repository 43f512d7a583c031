"""Says whether a connection to an upstream would arrive at this gateway itself. The gateway would then call itself for ever.

Facts
-----
* DNS that leads devices to the gateway may lead the gateway to itself, too. Neither a name nor an address alone shows that, because
  another program may listen at the same address. The address and the port of one of our sockets show it.
* A socket on 0.0.0.0 or `::` accepts at every address of this machine. The system knows these addresses: only they can be bound.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

_EVERY = {4: "0.0.0.0", 6: "::"}  # noqa: S104  # compared with, not bound


class Listening:
    """The places at which a process listens for apps."""

    def __init__(self) -> None:
        self._places: set[tuple[str, int]] = set()

    def add(self, sockets: Iterable[socket.socket]) -> None:
        """Add the addresses of more sockets."""
        self._places |= _places(sockets)

    def remove(self, sockets: Iterable[socket.socket]) -> None:
        """Remove the addresses of sockets. Call it before the sockets are closed."""
        self._places -= _places(sockets)

    def leads_here(self, address: str, port: int) -> bool:
        """Return whether a connection to an IP address and a port arrives at one of them."""
        read = _read(address)
        if read.is_unspecified:  # the system connects to loopback then
            read = _read("127.0.0.1" if read.version == 4 else "::1")  # noqa: PLR2004  # IPv4
        return (str(read), port) in self._places or (
            (_EVERY[read.version], port) in self._places and is_of_this_machine(str(read))
        )


def _places(sockets: Iterable[socket.socket]) -> set[tuple[str, int]]:
    families = {socket.AF_INET, socket.AF_INET6}
    of_ip = [each.getsockname() for each in sockets if each.fileno() >= 0 and each.family in families]
    return {(str(_read(name[0])), int(name[1])) for name in of_ip}


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    read = ipaddress.ip_address(address.partition("%")[0])
    return getattr(read, "ipv4_mapped", None) or read


def is_of_this_machine(text: str) -> bool:
    """Return whether an IP address belongs to this machine."""
    address = _read(text)
    if address.is_loopback:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004  # IPv4
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as tried:
            tried.bind((str(address), 0))
    except OSError:
        return False
    return True
