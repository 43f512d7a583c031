"""What is secret by name, by place and by shape, as tables."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.secrets.policy import HEADER_PREFIXES, HEADERS, NAMES, PATHS
from gateway.core.secrets.shapes import SHAPES
from tests.docs.tables import code, table

KINDS = {
    "addresses": "a list of addresses",
    "authorization": "credentials; the scheme stays",
    "client": "an application's id",
    "code": "a registration code",
    "cookie": "cookies; their names stay",
    "device": "a device's id",
    "device_identifier": "a device's id after the word `fingerprint`",
    "device_info": "device information; the members that name a model stay",
    "email": "an e-mail address",
    "forwarded": "RFC 7239; the addresses in it",
    "household": "a household's id",
    "ip": "an address",
    "port": "a port",
    "set_cookie": "a cookie; its name and attributes stay",
    "token": "a token",
    "url": "a URL; the secrets in it",
    "user": "a user's id",
    "useragent": "a client's User-Agent",
    "visitor": "a visitor's id",
    "zip": "a postal code",
}
"""What each kind of secret is."""


def headers() -> str:
    """Return the header fields that are secret."""
    return _by_kind(
        [*HEADERS.items(), *((f"{prefix}*", kind) for prefix, kind in HEADER_PREFIXES.items())], "header fields"
    )


def names() -> str:
    """Return the names of parameters and members that are secret."""
    return _by_kind(NAMES.items(), "names of parameters, JSON members, and XML elements and attributes")


def paths() -> str:
    """Return the paths that have a secret segment."""
    return table(("secret is the group in parentheses",), ((code(pattern.pattern),) for pattern in PATHS))


def shapes() -> str:
    """Return the detectors whose tokens are known by their shape."""
    sources = sorted({shape.source for shape in SHAPES})
    return ", ".join(map(code, sources)) + ".\n"


def _by_kind(named: Iterable[tuple[str, str]], title: str) -> str:
    kinds: dict[str, list[str]] = {}
    for name, kind in named:
        kinds.setdefault(kind, []).append(name)
    return table(("kind", title), ((KINDS[kind], ", ".join(map(code, kinds[kind]))) for kind in sorted(kinds)))
