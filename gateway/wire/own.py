"""Whether a connection to an upstream would arrive at this gateway itself, which would then ask itself without an end.

Facts
-----
* DNS that leads devices here may lead the gateway here, too. A name does not tell that, and an address alone does not: somebody
  else may listen there. Address and port of a socket on which we listen do.
* To 0.0.0.0 and `::` every address of this machine leads. The system says which those are: only they can be bound.
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
        """Listen at more places."""
        self._places |= _places(sockets)

    def remove(self, sockets: Iterable[socket.socket]) -> None:
        """Listen there no more; to be called before the sockets are closed."""
        self._places -= _places(sockets)

    def leads_here(self, address: str, port: int) -> bool:
        """Whether a connection to an address, which is no name, arrives at one of them."""
        read = _read(address)
        if read.is_unspecified:  # which the system takes for loopback
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
    """Whether an address, which is no name, is one of this machine's."""
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
