"""A configuration's settings of the lab's proxy, and the counts of its requests."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from msgspec import Struct

from gateway.core.hostport import host_port
from gateway.lab.tunnels import ProxyRefusedError, is_listed, not_listed
from gateway.wire.reading import Refusal
from gateway.wire.refusals import CertificateRefusals

MOST_TUNNELS = 256
"""Largest number of open tunnels. The devices of a lab have fewer."""


class ProxyTerms(Struct, frozen=True):
    """A configuration's settings of the proxy."""

    hosts: frozenset[str]
    """The hosts of the upstreams, in lower case. The gateway answers for them."""
    names: frozenset[str]
    """The names of the gateway itself."""
    addresses: frozenset[tuple[str, int]]
    """The gateway's addresses with its http ports. There is no https here, since the lab has no certificate for an address."""
    certificate: Callable[[str], ssl.SSLContext]
    """Returns the TLS context for a host."""
    pac: str
    """The text of the PAC file. It is served under the gateway's own names."""
    listed: frozenset[tuple[str, int]] = frozenset()
    """The other hosts and ports that the proxy may reach."""
    most_tunnels: int = MOST_TUNNELS
    """Largest number of tunnels that are open or being opened."""
    refusals: CertificateRefusals | None = None
    """Notes which clients refuse the certificate."""

    def is_own(self, host: str) -> bool:
        """Whether the gateway answers for a host, in lower case."""
        return host in self.hosts or host in self.names

    def demand_listed(self, to: tuple[str, int]) -> None:
        """Raise ProxyRefusedError for a host and port that are not listed."""
        if not is_listed(*to, self.listed):
            raise ProxyRefusedError(not_listed(*to))


class ProxyCounts(Struct):
    """The counts of the proxy's requests."""

    opened: int = 0
    """CONNECTs to hosts of the lab. The requests inside count as exchanges."""
    tunnelled: int = 0
    """Tunnels to other hosts that were opened."""
    forwarded: int = 0
    """http requests to other hosts that were passed on."""
    refused: int = 0
    """Requests that the proxy refused."""
    failed: int = 0
    """Requests that failed at the other host."""

    def tell(
        self,
        warn: Callable[..., None],
        peer: str,
        method: str,
        refusal: Refusal,
        to: tuple[str, int] | None,
    ) -> None:
        """Count a refused or failed request, and log why. `to` is the destination, so that a person can list it; None: unreadable."""
        if refusal.status in {502, 504}:
            self.failed += 1
        else:
            self.refused += 1
        about = {"to": host_port(*to)} if to is not None else {}
        said = {"code": refusal.code, "status": refusal.status, "reason": refusal.message}
        warn("refused", peer=peer, method=method, **about, **said)
