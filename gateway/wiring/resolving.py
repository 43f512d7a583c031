"""Starts the lab's resolver. The gateway itself does not use this resolver to find its upstreams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.config import Config, DnsSection
from gateway.config.lab import DNS_PORT
from gateway.config.of_devices import modes_of
from gateway.config.to_core import places_of
from gateway.core.headers import is_in, parse_address
from gateway.core.hostport import host_port
from gateway.core.mistake import Mistake
from gateway.lab.dns_lines import Names
from gateway.system.binding import why_not
from gateway.wiring.lab import lab_hosts, names_of
from gateway.wiring.listening import CannotListenError


class Resolving(Protocol):
    """A running resolver."""

    port: int

    def lead(self, names: Callable[[str], Names | None]) -> None:
        """Give the answers of `names` from now on."""

    async def stop(self) -> None:
        """Stop the resolver."""


async def resolving(config: Config, warn: Callable[..., None]) -> Resolving | None:
    """Start the lab's resolver, if it is configured. Raises CannotListenError, and Mistake without a resolver to forward to."""
    dns = config.lab.dns
    if dns is None:
        return None
    from gateway.lab.resolver import Resolver

    names, servers = leading(config), servers_of(dns)
    resolver = Resolver(names, servers, warn)
    port = DNS_PORT if dns.listen.port is None else dns.listen.port
    try:
        await resolver.start(dns.listen.host, port)
    except OSError as error:
        message = f"lab.dns: cannot listen on {host_port(dns.listen.host, port)}: {why_not(error, 'lab.dns.listen', may_be_zero=False)}"
        raise CannotListenError(message) from error
    return resolver


def leading(config: Config) -> Callable[[str], Names | None]:
    """Return a function from a device's address to the lab's answers for it; None means Adobe's real addresses.

    Raises Mistake without `lab.address`.
    """
    from gateway.lab.dns_lines import Names

    names = names_of(config)
    known = [
        (places_of(device), device.dns)
        for device in config.devices.values()
        if device.match.address and device.match.identifier is None and device.match.user_agent is None
    ]
    if not any(dns for _, dns in known):
        return lambda _: names

    def told(client: str) -> Names | None:
        address = parse_address(client)
        own = next((dns for places, dns in known if address is not None and is_in(address, places)), None)
        if own is None:
            return names
        return None if own == "off" else Names(names.hosts, (own,))

    return told


async def tell_loops(config: Config, leads_here: Callable[[str, int], bool], warn: Callable[..., None]) -> None:
    """Warn of each upstream that leads to the gateway itself according to this machine's DNS. Only a lab has reason to look."""
    if not config.lab.address or modes_of(config) == {"replay"}:
        return
    look_up = look_up_of(config)
    for name, upstream in config.upstreams.items():
        origin, target = upstream.origin, upstream.connect_to
        if origin.is_built_in:
            continue
        host, port = (target.host, target.port or origin.port) if target is not None else (origin.host, origin.port)
        try:
            found = await look_up(host) if look_up is not None else None
            if found is None:
                infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found = [str(info[4][0]) for info in infos]
        except OSError:  # an upstream without an address is reported at its first request
            continue
        if any(leads_here(address, port) for address in found):
            hint = f"set upstreams.{name}.connect_to, or use lab.dns with forward_to; until then its calls are answered 508"
            warn("upstream leads to the gateway itself", upstream=name, hint=hint)


def servers_of(dns: DnsSection) -> list[tuple[str, int]]:
    """Return the resolvers behind the lab's resolver: the configured ones, or the system's without the lab's own."""
    from gateway.lab.lookup import of_the_system

    own = dns.listen.host, DNS_PORT if dns.listen.port is None else dns.listen.port
    given = [(server.host, server.port or DNS_PORT) for server in dns.forward_to]
    servers = given or [server for server in of_the_system() if server != own]
    if not servers:
        message = "lab.dns.forward_to: expected a resolver for other names, since this machine has none besides lab.dns, found none"
        raise Mistake(message)
    return servers


def look_up_of(config: Config) -> Callable[[str], Awaitable[list[str] | None]] | None:
    """Return a look-up for upstreams that does not use the lab's resolver; None without a lab's resolver."""
    if config.lab.dns is None:
        return None
    from gateway.lab.lookup import LookUp

    return LookUp(lab_hosts(config), servers_of(config.lab.dns))
