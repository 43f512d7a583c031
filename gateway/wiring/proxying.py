"""Starts the lab's explicit proxy, which is one more listener of the gateway's server."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.config import Config
from gateway.config.lab_pages import PAGES_PORT
from gateway.core.hostport import host_port
from gateway.lab.pac import PATH
from gateway.system.binding import why_not
from gateway.system.descriptors import connections_that_fit
from gateway.wire.accepting import Terms, bound_sockets
from gateway.wire.handler import Handler
from gateway.wire.pool import Way
from gateway.wire.refusals import CertificateRefusals
from gateway.wire.server import Server
from gateway.wiring.lab import authority_of, lab_hosts
from gateway.wiring.listening import CannotListenError
from gateway.wiring.resolving import servers_of

if TYPE_CHECKING:
    from gateway.lab.dialling import Dialler
    from gateway.lab.proxy import Proxy
    from gateway.lab.proxy_terms import ProxyTerms
    from gateway.transports.upstream import Upstream
    from gateway.wiring.lab_pages import ServedLab


class Proxying(Struct):
    """A running proxy."""

    proxy: Proxy
    port: int
    address: str
    """`HOST:PORT`, as devices reach it."""

    @property
    def terms(self) -> Terms:
        """The terms of its listener. The proxy itself handles each connection."""
        return Terms(opens=self.proxy.tunnels.open)

    def follow(self, terms: ProxyTerms) -> None:
        """Apply the terms of another configuration."""
        self.proxy.terms = terms


async def proxying(
    config: Config,
    server: Server,
    handler: Handler,
    say: Callable[..., None],
    lab: ServedLab,
) -> Proxying | None:
    """Let a server listen as the lab's proxy; return None if no proxy is configured.

    `say` writes a line to the log. `lab` has the pages, and is told of refused certificates. Raises CannotListenError, and Mistake for a
    lab without an authority.
    """
    section = config.lab.proxy
    if section is None:
        return None
    from gateway.lab.proxy import Proxy

    host, port = section.listen.host, section.port
    terms = await asyncio.to_thread(proxy_terms_of, config, port, lab.refusals)
    proxy = Proxy(handler, terms, dialler=dialler_of(config), sender=_sender, pages=lambda: lab.handler, say=say)
    try:
        listening = await bound_sockets(host, port)
    except OSError as error:
        message = f"lab.proxy: cannot listen on {host_port(host, port)}: {why_not(error, 'lab.proxy.listen', may_be_zero=False)}"
        raise CannotListenError(message) from error
    running = Proxying(proxy, port, proxy_address(config, port))
    running.port = server.listen(listening, running.terms, proxy)
    return running


def proxy_terms_of(config: Config, port: int, refusals: CertificateRefusals) -> ProxyTerms:
    """Return the configured terms of the proxy, which listens at `port`. Raises Mistake. A lab's RSA key takes a tenth of a second."""
    from gateway.lab.leaves import Leaves
    from gateway.lab.pac import pac
    from gateway.lab.proxy_terms import MOST_TUNNELS, ProxyTerms

    hosts, names = lab_hosts(config), frozenset(config.lab.names)
    section = config.lab.proxy
    most = config.limits.max_connections
    connections = connections_that_fit() if most == "auto" else min(most, connections_that_fit())
    pages = config.lab.pages
    plain = [
        port,
        *([pages.listen.port or PAGES_PORT] if pages is not None else []),
        *(listen.port for listen in config.all_listeners.values() if listen.tls is None),
    ]
    return ProxyTerms(
        hosts=frozenset(hosts) - names,
        names=names,
        addresses=frozenset((str(address), each) for address in config.lab.address for each in plain),
        certificate=Leaves(authority_of(config), hosts[0]).of,
        pac=pac(proxy_address(config, port), hosts),
        listed=frozenset((place.host, place.port) for place in section.tunnel) if section is not None else frozenset(),
        most_tunnels=min(MOST_TUNNELS, connections // 2),
        refusals=refusals,
    )


def proxy_address(config: Config, port: int) -> str:
    """Return the address at which devices reach the proxy."""
    section = config.lab.proxy
    host = section.listen.host if section is not None else ""
    if not host or ipaddress.ip_address(host).is_unspecified:
        host = str(config.lab.address[0])
    return host_port(host, port)


def pac_url(config: Config) -> str:
    """Return the URL of the PAC file, as people type it on devices; empty without a proxy."""
    section = config.lab.proxy
    return f"http://{proxy_address(config, section.port)}{PATH}" if section is not None else ""


def dialler_of(config: Config) -> Dialler:
    """Return the dialler to hosts outside the lab. It looks up their names at the resolvers behind the lab's resolver."""
    from gateway.lab.dialling import Dialler
    from gateway.lab.lookup import LookUp, of_the_system

    dns = config.lab.dns
    return Dialler(LookUp((), servers_of(dns) if dns is not None else of_the_system()).addresses)


def _sender(host: str, port: int, addresses: Sequence[str]) -> Upstream:
    """Return the sender of requests to a host. It connects only to these addresses, even if the host's name now has others."""
    from gateway.transports.upstream import Destination, Upstream

    where = host_port(host, port)

    async def found(_: str) -> list[str]:
        return [*addresses]

    return Upstream(Destination(where, f"http://{where}"), Way(found))
