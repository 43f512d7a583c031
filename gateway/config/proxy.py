"""The section `lab.proxy`: where the lab's explicit proxy listens, and which other hosts it may reach."""

import ipaddress
from typing import Annotated, Self

from msgspec import Struct

from gateway.config.marks import Before, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Section
from gateway.config.section import listed, read
from gateway.config.values import Address
from gateway.core.hostport import host_port, read_host_port
from gateway.core.internet import is_on_the_internet

PROXY_PORT = 3128
"""The usual port of proxies, and the default."""


class TunnelPlace(Struct, frozen=True):
    """A host and port that a tunnel may reach."""

    host: str
    """The host in lower case. `.example.com` means example.com and everything below it."""
    port: int

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read `HOST:PORT` or `.DOMAIN:PORT`."""
        text = value if isinstance(value, str) else ""
        below = text.startswith(".")
        host, port = read_host_port(text[below:]) or ("", None)
        if port is None or (below and ("." not in host or _is_address(host))):
            raise ValueError(unexpected("HOST:PORT, or .DOMAIN:PORT for a domain and all below it", value))
        if _is_address(host) and not is_on_the_internet(host):
            raise ValueError(unexpected("a host of the public internet, since tunnels reach only these", value))
        return cls(f".{host}" if below else host, port)

    def __str__(self) -> str:
        return host_port(self.host, self.port)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class ProxySection(Section, frozen=True):
    """The lab's explicit proxy, for devices on which you can set one. It serves only private networks."""

    listen: Annotated[Address, read(Address, Address.parse), Schema({"type": "string"})]
    """Address of this machine at which devices find the proxy and its `/proxy.pac`, with an optional port: `192.168.0.2`, or `192.168.0.2:8888`."""
    tunnel: Annotated[
        tuple[Annotated[TunnelPlace, read(TunnelPlace, TunnelPlace.parse), Schema({"type": "string"})], ...],
        Before(listed),
        Schema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
    ] = ()
    """Other hosts that the proxy may reach, each with its port: `cdn.example.com:443`, or `.example.com:443` for a domain and all below it. The proxy connects only to public addresses."""

    @property
    def port(self) -> int:
        """The port on which the proxy listens."""
        return PROXY_PORT if self.listen.port is None else self.listen.port
