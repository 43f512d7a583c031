"""The section `lab`: a private network of televisions whose calls to the API reach the gateway."""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from gateway.config.lab_pages import PagesSection
from gateway.config.marks import After, Before, Schema
from gateway.config.problems import unexpected
from gateway.config.proxy import ProxySection
from gateway.config.reading import Section
from gateway.config.section import FilePath, listed, read
from gateway.config.values import Address, IPAddress
from gateway.core.hostport import read_host

DNS_PORT = 53
_LISTED = Schema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]})


def _device_address(value: object) -> IPAddress:
    """Read an address of this machine that devices can reach."""
    try:
        address = ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        address = None
    if address is None or address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None):
        raise ValueError(unexpected("an IP address of this machine, such as 192.168.0.2", value))
    return address


def _one_of_each(addresses: tuple[IPAddress, ...]) -> tuple[IPAddress, ...]:
    if len({address.version for address in addresses}) < len(addresses):
        raise ValueError(unexpected("one IPv4 address, one IPv6 address, or both", [*map(str, addresses)]))
    return addresses


def _name(value: str) -> str:
    host = read_host(value)
    if host is None or ":" in host or host.rpartition(".")[2].isdigit():
        raise ValueError(unexpected("a host name such as gateway.lab", value))
    return host


class DnsSection(Section, frozen=True):
    """The lab's own resolver, for devices on which you can set the DNS server."""

    listen: Annotated[Address, read(Address, Address.parse), Schema({"type": "string"})]
    """Address of this machine for DNS queries of devices, with an optional port: `192.168.0.2`, or `192.168.0.2:5353`. Only private networks get answers."""
    forward_to: Annotated[
        tuple[Annotated[Address, read(Address, Address.parse), Schema({"type": "string"})], ...],
        Before(listed),
        _LISTED,
    ] = ()
    """Resolvers for all other names, and for the upstreams' hosts when the gateway itself asks. Empty: the system's resolvers."""


class LabSection(Section, frozen=True):
    """A lab of devices: its certificate authority, and the addresses at which devices reach the gateway."""

    folder: FilePath = Path("lab")
    """Folder of the authority that `gateway lab init` makes. A relative path starts at the configuration file."""
    key_type: Literal["ec", "rsa"] = "ec"
    """Type of the keys in the authority and in all certificates: `ec` (P-256), or `rsa` for old devices. `gateway lab init` uses it."""
    names: Annotated[tuple[Annotated[str, After(_name)], ...], Before(listed), _LISTED] = ()
    """Names of the gateway itself in the lab, such as `gateway.lab`. The certificates and DNS contain them."""
    address: Annotated[
        tuple[Annotated[IPAddress, read(IPAddress, _device_address), Schema({"type": "string"})], ...],
        Before(listed),
        After(_one_of_each),
        _LISTED,
    ] = ()
    """Addresses of this machine at which devices reach the gateway: one IPv4 address, one IPv6 address, or both."""
    dns: DnsSection | None = None
    """The gateway's own resolver. null: no resolver."""
    pages: PagesSection | None = None
    """The lab's own pages for the browsers of devices. null: no pages."""
    proxy: ProxySection | None = None
    """An explicit proxy, for devices on which you can set one. null: no proxy."""
