"""How the gateway finds its upstreams. In the lab their names lead to the gateway, so it asks the resolvers behind the lab's resolver."""

from __future__ import annotations

import socket
from collections.abc import Collection, Sequence

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver

SECONDS = 4.0
"""Longest time for an answer from all servers together, in seconds."""


class LookUp:
    """Looks up the addresses of some hosts."""

    def __init__(self, hosts: Collection[str], servers: Sequence[tuple[str, int]]) -> None:
        """`hosts` are the hosts whose names lead to the gateway. `servers` are the resolvers that know their real addresses."""
        self._hosts = frozenset(hosts)
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in servers]
        self._resolver.lifetime = SECONDS

    async def __call__(self, host: str) -> list[str] | None:
        """Return a host's addresses. None: the system's resolver can be asked. OSError if the host has no address."""
        return await self.addresses(host) if host.lower().rstrip(".") in self._hosts else None

    async def addresses(self, host: str) -> list[str]:
        """Return the addresses of any host. OSError if it has no address."""
        try:
            found = await self._resolver.resolve_name(host)
        except dns.exception.DNSException as error:
            raise socket.gaierror(socket.EAI_NONAME, type(error).__name__) from error
        return list(found.addresses())


def of_the_system() -> list[tuple[str, int]]:
    """Return the resolvers that this machine asks. Empty if it has no list of resolvers."""
    try:
        return [(str(server), 53) for server in dns.resolver.Resolver().nameservers]
    except dns.exception.DNSException:
        return []
