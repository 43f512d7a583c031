"""Rules for a router or access point: packets that televisions send to the API go to the gateway instead.

The addresses of a host change. So they are looked up when the rules are loaded, and stored in a set that can be filled again. If a device
uses a newer address, its packets go past the gateway until the set is filled again. DNS is the better way for all devices that use it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from gateway.core.hostport import host_port
from gateway.lab.dns_lines import Address


class Redirect(Struct, frozen=True):
    """The packets that go to the gateway."""

    devices: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    """The networks of the devices."""
    destinations: tuple[Address, ...]
    """The present addresses of the API's hosts."""
    gateway: tuple[Address, ...]
    """The gateway's addresses, at most one of each family. The gateway's own packets are not redirected."""
    ports: Mapping[int, int]
    """For each port of the API: the port of the gateway, such as 8443 for 443."""


def redirect_lines(redirect: Redirect, form: str) -> str:
    """Return the rules to load. `form`: `nftables` (for `nft -f -`) or `iptables` (for a shell); otherwise KeyError."""
    return "".join(f"{line}\n" for line in FORMS[form](redirect))


def _nftables(redirect: Redirect) -> Iterable[str]:
    yield "# load: nft -f - ; remove: nft delete table inet pass_gateway"
    yield "table inet pass_gateway"
    yield "delete table inet pass_gateway"
    yield "table inet pass_gateway {"
    for version, kind in ((4, "ipv4_addr"), (6, "ipv6_addr")):
        elements = _of(version, redirect.destinations)
        yield f"  set api{version} {{ type {kind}; {f'elements = {{ {elements} }}; ' if elements else ''}}}"
    yield "  chain prerouting {"
    yield "    type nat hook prerouting priority dstnat; policy accept;"
    for gateway in redirect.gateway:
        version, family = gateway.version, "ip" if gateway.version == 4 else "ip6"  # noqa: PLR2004  # IPv4
        if devices := _of(version, redirect.devices):
            for port, ours in redirect.ports.items():
                yield (
                    f"    {family} saddr {{ {devices} }} {family} saddr != {gateway} "
                    f"{family} daddr @api{version} tcp dport {port} dnat {family} to {host_port(str(gateway), ours)}"
                )
    yield "  }"
    yield "}"


def _iptables(redirect: Redirect) -> Iterable[str]:
    for gateway in redirect.gateway:
        program = "iptables" if gateway.version == 4 else "ip6tables"  # noqa: PLR2004  # IPv4
        networks = [network for network in redirect.devices if network.version == gateway.version]
        if not networks:
            continue
        yield f"# empty: {program} -t nat -F PASS_GATEWAY"
        yield f"{program} -t nat -N PASS_GATEWAY 2>/dev/null || {program} -t nat -F PASS_GATEWAY"
        yield f"{program} -t nat -A PASS_GATEWAY -s {gateway} -j RETURN"
        for destination in redirect.destinations:
            for port, ours in redirect.ports.items():
                if destination.version == gateway.version:
                    yield (
                        f"{program} -t nat -A PASS_GATEWAY -d {destination} -p tcp --dport {port} "
                        f"-j DNAT --to-destination {host_port(str(gateway), ours)}"
                    )
        for network in networks:
            yield f"{program} -t nat -C PREROUTING -s {network} -j PASS_GATEWAY 2>/dev/null || {program} -t nat -A PREROUTING -s {network} -j PASS_GATEWAY"


def _of(version: int, values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values if getattr(value, "version", 0) == version)


FORMS: Mapping[str, Callable[[Redirect], Iterable[str]]] = {"nftables": _nftables, "iptables": _iptables}
