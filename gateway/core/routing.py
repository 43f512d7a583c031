"""Chooses the upstream of a request."""

from __future__ import annotations

import re

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.headers import HOST, bare_host
from gateway.core.model import Request

_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)
"""A target in absolute form (RFC 9112 section 3.2.2): the authority, and the rest in origin form."""


class Routing(Struct, frozen=True):
    """Chooses the upstream of a request. A client's Host can choose only among the upstreams that the configuration puts into `by_host`."""

    upstream: str
    by_host: dict[str, str] = field(default_factory=dict)
    own_hosts: frozenset[str] = frozenset()
    """The host names, in lower case, that a target in absolute form may name."""

    def in_origin_form(self, request: Request) -> Request | None:
        """Return the request with a path, or `*`, as its target. None if the target names a host that is not the gateway's."""
        if request.target.startswith("/") or request.target == "*":
            return request
        absolute = _ABSOLUTE.fullmatch(request.target)
        authority, target = absolute.groups() if absolute else ("", "")
        if not HOST.fullmatch(authority) or bare_host(authority) not in self.own_hosts:
            return None
        return replace(
            request,
            target=target if target.startswith("/") else "/" + target,
            headers=request.headers.with_("Host", authority),  # RFC 9112 section 3.2.2: the received Host is ignored
        )

    def choose(self, host: str) -> str:
        """Return the name of the upstream for the Host `host`. Its port and case do not matter."""
        return self.by_host.get(bare_host(host), self.upstream) if self.by_host else self.upstream
