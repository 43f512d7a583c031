"""The domains in which a lab's authority may certify hosts.

The authority permits the parent domain of each host. So a new host of the same API needs no new certificate on the televisions.
If the parent is a public suffix, such as `com`, only the host itself is permitted.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.hostport import read_host

_LEAST_LABELS = 2
_COUNTRY = 2
_SHORT = 3


def permitted_domains(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return the domains of `hosts`, without a domain that lies inside another one. An address has no domain."""
    parents = {_parent(host) for host in map(_name, hosts) if host}
    return tuple(sorted(domain for domain in parents if not any(domain.endswith(f".{other}") for other in parents)))


def is_permitted(host: str, domains: Iterable[str]) -> bool:
    """Whether a host is one of the domains, or inside one (RFC 5280 section 4.2.1.10)."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _name(host: str) -> str:
    """Return a host's name in lower case. Empty for an address, or an invalid host."""
    read = read_host(host.rstrip("."))
    return "" if read is None or ":" in read or read.rpartition(".")[2].isdigit() else read


def _parent(host: str) -> str:
    parent = host.partition(".")[2]
    labels = parent.split(".")
    too_few = len(labels) < _LEAST_LABELS
    # co.uk, com.br: below a country's code, a short name belongs to a registry, and to no owner of a host
    registry = len(labels) == _LEAST_LABELS and len(labels[1]) == _COUNTRY and len(labels[0]) <= _SHORT
    return host if too_few or registry else parent
