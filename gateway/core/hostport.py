"""Hosts and ports as a person writes them: `host`, `host:port`, `[v6]:port`."""

from __future__ import annotations

import ipaddress
import re

_HIGHEST_PORT = 65535
_HOST_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NUMERIC = re.compile(r"(?:.*\.)?[0-9]+")  # a name whose last label is a number is an IPv4 address, or invalid
_ZONE = re.compile(r"[A-Za-z0-9._-]+")  # the end of fe80::1%eth0; ipaddress accepts any text there


def read_host_port(value: object) -> tuple[str, int | None] | None:
    """Read `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address. None for any other value."""
    if not isinstance(value, str):
        return None
    parts = _HOST_PORT.fullmatch(value)
    text, port = (parts[1], read_port(parts[2])) if parts else (f"[{value}]", None)
    host = read_host(text)
    return (host, port) if host is not None and port != 0 else None


def host_port(host: str, port: int | None) -> str:
    """Return `host` or `host:port`. `host` may be an IPv6 address without brackets."""
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def read_port(text: str | None) -> int | None:
    """Return the port. None without a port, 0 for a port that nothing can connect to."""
    if text is None:
        return None
    return int(text) if int(text) <= _HIGHEST_PORT else 0


def read_host(value: object) -> str | None:
    """Return a host in lower case and without brackets. None if it is not a host."""
    if not isinstance(value, str):
        return None
    if value.startswith("["):
        try:
            address = ipaddress.IPv6Address(value[1:-1])
        except ValueError:
            return None
        return str(address) if _ZONE.fullmatch(address.scope_id or "eth0") else None
    if _NUMERIC.fullmatch(value):
        try:
            return str(ipaddress.IPv4Address(value))
        except ValueError:
            return None
    return value.lower() if _HOST_NAME.fullmatch(value) else None
