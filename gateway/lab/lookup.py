"""How the gateway finds its upstreams, although the lab's resolver answers their names with the gateway's address: it asks the resolvers behind it."""

from __future__ import annotations

import socket
from collections.abc import Collection, Sequence

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver

SECONDS = 4.0
"""How long an answer may take, from all servers together."""


class LookUp:
    """Looks up the addresses of some hosts."""

    def __init__(self, hosts: Collection[str], servers: Sequence[tuple[str, int]]) -> None:
        """`hosts` are those whose names lead to the gateway; `servers` say where they really are."""
        self._hosts = frozenset(hosts)
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in servers]
        self._resolver.lifetime = SECONDS

    async def __call__(self, host: str) -> list[str] | None:
        """Return a host's addresses; None if the system's resolver can be asked; raises OSError if the host has no address."""
        return await self.addresses(host) if host.lower().rstrip(".") in self._hosts else None

    async def addresses(self, host: str) -> list[str]:
        """Return the addresses of any host; raises OSError if it has no address."""
        try:
            found = await self._resolver.resolve_name(host)
        except dns.exception.DNSException as error:
            raise socket.gaierror(socket.EAI_NONAME, type(error).__name__) from error
        return list(found.addresses())


def of_the_system() -> list[tuple[str, int]]:
    """Return the resolvers that this machine asks; none where it has no list of them."""
    try:
        return [(str(server), 53) for server in dns.resolver.Resolver().nameservers]
    except dns.exception.DNSException:
        return []
