"""Which upstream a request goes to."""

from __future__ import annotations

from msgspec import Struct, field

from gateway.core.headers import bare_host


class Routing(Struct, frozen=True):
    """Which upstream a request goes to. A client's Host chooses only where `by_host` was filled from the configuration."""

    upstream: str
    by_host: dict[str, str] = field(default_factory=dict)
    own_hosts: frozenset[str] = frozenset()
    """Host names, lower case, that an absolute-form target may name."""

    def choose(self, host: str) -> str:
        """Return the name of the upstream for the Host `host`, whose port and case do not matter."""
        return self.by_host.get(bare_host(host), self.upstream) if self.by_host else self.upstream
