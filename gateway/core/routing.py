"""Which upstream a request goes to."""

from __future__ import annotations

import re

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.headers import HOST, bare_host
from gateway.core.model import Request

_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)
"""RFC 9112 section 3.2.2: the authority, and what is left for the origin."""


class Routing(Struct, frozen=True):
    """Which upstream a request goes to. A client's Host chooses only where `by_host` was filled from the configuration."""

    upstream: str
    by_host: dict[str, str] = field(default_factory=dict)
    own_hosts: frozenset[str] = frozenset()
    """Host names, lower case, that an absolute-form target may name."""

    def in_origin_form(self, request: Request) -> Request | None:
        """Return a request whose target is a path, or `*`; None if it names a host that is not ours."""
        if request.target.startswith("/") or request.target == "*":
            return request
        absolute = _ABSOLUTE.fullmatch(request.target)
        authority, target = absolute.groups() if absolute else ("", "")
        if not HOST.fullmatch(authority) or bare_host(authority) not in self.own_hosts:
            return None
        return replace(
            request,
            target=target if target.startswith("/") else "/" + target,
            headers=request.headers.with_("Host", authority),  # RFC 9112 section 3.2.2: what came as Host is ignored
        )

    def choose(self, host: str) -> str:
        """Return the name of the upstream for the Host `host`, whose port and case do not matter."""
        return self.by_host.get(bare_host(host), self.upstream) if self.by_host else self.upstream
