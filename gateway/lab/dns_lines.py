"""Lines for a network's own resolver, so that televisions find the gateway under the API's names.

Each form answers A and AAAA with the gateway's addresses. If the form allows it, HTTPS (type 65, RFC 9460) gets an empty answer,
since Adobe's own record could lead a device past the gateway.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
TTL_SECONDS = 60
"""How long a device may keep an answer, in seconds. A television that leaves the lab must soon ask again."""


class Names(Struct, frozen=True):
    """The hosts of the configured upstreams, and their addresses in the lab."""

    hosts: tuple[str, ...]
    addresses: tuple[Address, ...]
    """The addresses at which devices reach the gateway: one IPv4 address, one IPv6 address, or both."""

    @property
    def by_type(self) -> dict[str, str]:
        """The address for A, and the address for AAAA, if they exist."""
        return {("A" if address.version == 4 else "AAAA"): str(address) for address in reversed(self.addresses)}  # noqa: PLR2004  # IPv4


def dns_lines(names: Names, form: str) -> str:
    """Return the lines to paste. `form`: `dnsmasq`, `pihole`, `unbound`, `coredns` or `hosts`; otherwise KeyError."""
    return "".join(f"{line}\n" for line in FORMS[form](names))


def _dnsmasq(names: Names) -> Iterable[str]:
    yield "# /etc/dnsmasq.d/pass-gateway.conf"
    for host in names.hosts:
        yield f"local=/{host}/  # all other types get an empty answer"
        yield from (f"host-record={host},{address},{TTL_SECONDS}" for address in names.addresses)


def _pihole(names: Names) -> Iterable[str]:
    yield "# /etc/dnsmasq.d/99-pass-gateway.conf; Pi-hole 6 reads it if misc.etc_dnsmasq_d is true"
    yield from list(_dnsmasq(names))[1:]


def _unbound(names: Names) -> Iterable[str]:
    yield "# /etc/unbound/unbound.conf.d/pass-gateway.conf"
    yield "server:"
    for host in names.hosts:
        yield f'  local-zone: "{host}." static  # all other types get an empty answer'
        yield from (
            f'  local-data: "{host}. {TTL_SECONDS} IN {kind} {address}"' for kind, address in names.by_type.items()
        )


def _coredns(names: Names) -> Iterable[str]:
    yield "# Corefile: put this above the block of your network"
    for host in names.hosts:
        yield f"{host} {{"
        for kind in ("A", "AAAA"):
            if address := names.by_type.get(kind):
                yield f"  template IN {kind} {{"
                yield f'    answer "{{{{ .Name }}}} {TTL_SECONDS} IN {kind} {address}"'
                yield "  }"
        yield "  template IN ANY {"
        yield "    rcode NOERROR"
        yield "  }"
        yield "}"


def _hosts(names: Names) -> Iterable[str]:
    yield "# /etc/hosts: for a computer; it cannot answer HTTPS (type 65)"
    yield from (f"{address} {' '.join(names.hosts)}" for address in names.addresses)


FORMS: Mapping[str, Callable[[Names], Iterable[str]]] = {
    "dnsmasq": _dnsmasq,
    "unbound": _unbound,
    "coredns": _coredns,
    "hosts": _hosts,
    "pihole": _pihole,
}

UNREACHED: Sequence[str] = (
    "a device that asks its own resolver (8.8.8.8 is built into some Chromecasts and Rokus): block port 53 to other resolvers, or redirect it",
    "a device or browser with DNS over HTTPS: switch DNS over HTTPS off, or let the device use the proxy (lab.proxy)",
    "an app that pins Adobe's certificate: it refuses every certificate of yours",
)
"""Devices and apps for which these lines are not enough, and what to do."""
