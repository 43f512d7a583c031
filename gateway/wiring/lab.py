"""The lab of a configuration: the hosts that lead to the gateway, and the certificate authority for these hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.config import PRODUCTION, Config
from gateway.core.mistake import Mistake
from gateway.lab.domains import is_permitted, permitted_domains

if TYPE_CHECKING:
    from gateway.lab.authority import Authority
    from gateway.lab.dns_lines import Names

HOW_TO_TRUST = "if the device does not trust the lab's certificate yet: gateway lab ca (docs/tutorials/lab.md)"


def lab_hosts(config: Config) -> tuple[str, ...]:
    """Return the hosts that lead to the gateway in the lab: the configured upstream's first, then other upstreams', then the gateway's own.

    An emulator stands in for production.
    """
    chosen = config.upstreams[config.upstream].origin
    first = PRODUCTION.partition("://")[2] if chosen.is_emulator else chosen.host
    upstreams = [upstream.origin.host for upstream in config.upstreams.values() if not upstream.origin.is_emulator]
    hosts = dict.fromkeys([first, *upstreams, *config.lab.names])
    return tuple(host for host in hosts if permitted_domains([host]))


def names_of(config: Config) -> Names:
    """Return the answers of DNS in the lab. Raises Mistake without `lab.address`."""
    from gateway.lab.dns_lines import Names

    if not config.lab.address:
        message = (
            "lab.address: expected the address at which devices reach this machine, such as 192.168.0.2, found none"
        )
        raise Mistake(message)
    return Names(lab_hosts(config), config.lab.address)


def authority_of(config: Config) -> Authority:
    """Return the lab's authority. Raises Mistake if there is no authority, or if it may not sign for a host."""
    from gateway.lab.authority import load

    authority = load(config.lab.folder)
    if outside := [host for host in lab_hosts(config) if not is_permitted(host, authority.domains)]:
        message = (
            f"{config.lab.folder}: expected an authority for {', '.join(outside)}, found one only for {', '.join(authority.domains)} "
            "(remove the folder, run gateway lab init, and give devices the new one)"
        )
        raise Mistake(message)
    return authority
