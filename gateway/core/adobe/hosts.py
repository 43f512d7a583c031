"""The hosts of the API: Adobe's hosts, each with its environment.

Facts
-----
* Hosts such as `api.` and `sp.` under `auth.adobe.com` are production, and under `auth-staging.adobe.com` staging. The prequal
  environment has the same names, at another address. So a name does not tell whether it is prequal.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Literal, TypeAlias

from msgspec import Struct

from gateway.core.bounded import remembered
from gateway.core.headers import bare_host

Environment: TypeAlias = Literal["production", "staging", ""]

_ADOBE = re.compile(r"(?:[a-z0-9-]+\.)*auth(-staging)?\.adobe\.com")
_LOCAL = re.compile(r"(?:.+\.)?(?:localhost|local|internal|test|invalid|example|lan|home\.arpa)|[a-z0-9_-]+")


class KnownOrigin(Struct, frozen=True):
    """The origin that a request goes to."""

    scheme: str
    host: str
    environment: Environment
    """The environment; empty if the host is not one of Adobe's."""
    is_local: bool
    """Whether it is this machine, or another one in the same network: a lab, or the emulator."""


@remembered(limit=1 << 18)
def read_origin(text: str) -> KnownOrigin:
    """Read `scheme://host:port`. Other text is an unknown host."""
    scheme, _, authority = text.partition("://")
    host = bare_host(authority.partition("/")[0])
    environment = environment_of(host)
    return KnownOrigin(scheme.lower(), host, environment, not environment and (not host or _is_local(host)))


def environment_of(host: str) -> Environment:
    """Return the environment that a host of Adobe's belongs to; empty for any other host."""
    found = _ADOBE.fullmatch(host)
    if not found:
        return ""
    return "staging" if found[1] else "production"


def origin_of_pages(origin: str) -> str:
    """Return the origin at which a browser opens a page of the API, for an API at `origin`.

    The documentation shows `/adobe-services/logout` only at Adobe's `sp` hosts. It does not name the host for a root-relative `url`. We
    assume that for an `api` host it is the `sp` host beside it. Every other origin has its own pages.
    """
    read = read_origin(origin)
    return f"https://sp{read.host.removeprefix('api')}" if read.environment and read.host.startswith("api") else origin


def _is_local(host: str) -> bool:
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        return bool(_LOCAL.fullmatch(host))
