"""The absolute URL that a client sends to a proxy in place of a path (RFC 9112 section 3.2.2)."""

from __future__ import annotations

import re
from typing import Self

from msgspec import Struct

from gateway.core.hostport import host_port
from gateway.wire.connect import read_destination

_URL = re.compile(r"(https?)://([^/?#]*+)([^#]*+)", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*+\Z")
_DEFAULT = {"http": 80, "https": 443}


class AbsoluteUrl(Struct, frozen=True):
    """The URL in its parts."""

    scheme: str
    """`http` or `https`."""
    host: str
    """The host in lower case, without a dot at its end. An IPv6 address has no brackets."""
    port: int
    path: str
    """Path and query, unchanged. At least `/`."""

    @classmethod
    def read(cls, target: str) -> Self | None:
        """Read a request target. None if the scheme is not http or https, or the authority is not a host with an optional port."""
        parts = _URL.fullmatch(target)
        if parts is None:
            return None
        scheme, authority, path = parts[1].lower(), parts[2], parts[3]
        if not _PORT.search(authority) or authority.endswith("]"):
            authority = f"{authority}:{_DEFAULT[scheme]}"
        to = read_destination(authority)
        return cls(scheme, *to, path if path.startswith("/") else f"/{path}") if to is not None else None

    @property
    def authority(self) -> str:
        """The value of the Host field for this URL (RFC 9110 section 7.2)."""
        port = self.port if self.port != _DEFAULT[self.scheme] else None
        return host_port(self.host, port) if port or ":" not in self.host else f"[{self.host}]"
