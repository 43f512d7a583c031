"""Connects a lab's proxy to a listed host. Only a checked address is connected to: there is no look-up between check and connection."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from gateway.core.internet import is_on_the_internet
from gateway.lab.tunnels import INSIDE, LATE, NO_ADDRESS, UNREACHED, ProxyRefusedError
from gateway.wire.own import is_of_this_machine

SECONDS = 10.0
"""Longest time to look up a host and to connect to it, in seconds."""
MOST_TRIED = 4
"""Largest number of addresses that are tried for a host."""


def may_be_reached(address: str) -> bool:
    """Whether a proxy may connect to an address: it must be on the public internet, and not belong to this machine."""
    return is_on_the_internet(address) and not is_of_this_machine(address)


class Dialler:
    """Looks up hosts, and connects to them."""

    def __init__(
        self, look_up: Callable[[str], Awaitable[list[str]]], may: Callable[[str], bool] = may_be_reached
    ) -> None:
        """`look_up` returns the addresses of a name, or raises OSError. `may` says whether an address may be connected to."""
        self._look_up = look_up
        self._may = may

    async def addresses(self, host: str) -> list[str]:
        """Return the permitted addresses of a host. `host` may be an address. Raises ProxyRefusedError if no address is permitted."""
        try:
            async with asyncio.timeout(SECONDS):
                found = [host] if _is_address(host) else await self._look_up(host)
        except TimeoutError:
            raise ProxyRefusedError(LATE) from None
        except OSError:
            found = []
        if not found:
            raise ProxyRefusedError(NO_ADDRESS)
        allowed = [address for address in found if self._may(address)]
        if not allowed:
            raise ProxyRefusedError(INSIDE)
        return allowed[:MOST_TRIED]

    async def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to the first address of a host that accepts one. Raises ProxyRefusedError."""
        try:
            async with asyncio.timeout(SECONDS):
                for address in await self.addresses(host):
                    if (connected := await _connected(address, port)) is not None:
                        return connected
        except TimeoutError:
            raise ProxyRefusedError(LATE) from None
        raise ProxyRefusedError(UNREACHED)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _connected(address: str, port: int) -> socket.socket | None:
    wire = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        wire.setblocking(False)
        await asyncio.get_running_loop().sock_connect(wire, (address, port))
    except OSError:
        wire.close()
        return None
    except BaseException:
        wire.close()
        raise
    return wire
