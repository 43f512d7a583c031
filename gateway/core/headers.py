"""Finds the fields that end at this hop, and the address of the device that calls.

Facts
-----
* A proxy removes the fields that `Connection` names, `Connection` itself, and the older fields that describe one hop
  (RFC 9110 section 7.6.1). It writes its own fields afterwards. Otherwise a client could name them, and they would be removed
  (golang/go issue 50580).
* If `Connection` names Host, Content-Length or X-Forwarded-For, that is an attack or a mistake. The field stays.
* Adobe throttles by X-Forwarded-For and shows a single address in every example (throttling-mechanism page).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal, TypeAlias

from msgspec import Struct

from gateway.core.bounded import remembered
from gateway.core.model import Headers, RawHeaders

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",  # trailers are not passed on, so they are not announced
        b"transfer-encoding",
        b"upgrade",
    }
)
Told: TypeAlias = Literal["named", "own", "pool", "fallback", "private"]
"""Source of the address that Adobe gets: the named device's `public_address`, the device itself, the pool, or the fallback. `private`: the
device's own private address, since nothing replaces it."""
MOST_HOPS = 64
"""Largest number of entries of X-Forwarded-For that are read."""
LONGEST_ENTRY = 100
"""Longest entry that is read, in characters. It is longer than any address with its port and its zone."""
HOST = re.compile(  # RFC 9110 section 7.2, RFC 3986 section 3.2.2
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]{0,5})?"
)
NEVER_NOMINATED = frozenset({b"host", b"content-length", b"x-forwarded-for"})


def end_to_end(headers: Headers) -> Headers:
    """Return the fields that are meant for the other end (RFC 9110 section 7.6.1)."""
    unwanted: frozenset[bytes] = HOP_BY_HOP
    kept: list[tuple[bytes, bytes]] = []
    for field in headers.raw:
        name = field[0].lower()
        if name == b"connection":
            unwanted |= {token.strip().lower() for token in field[1].split(b",")} - NEVER_NOMINATED
        elif name not in HOP_BY_HOP:
            kept.append(field)
    if unwanted is not HOP_BY_HOP:
        kept = [field for field in kept if field[0].lower() not in unwanted]
    return Headers(tuple(kept))


def stays(headers: Headers) -> RawHeaders | None:
    """Return the fields that are sent on: end to end, and without Expect. None if the names alone do not tell which fields these are.

    The values of Connection, and of fields that claim an address, matter, too. Then `end_to_end` and `ForwardedFor.look` must read them.
    """
    raw = headers.raw
    places = _stay(next(zip(*raw, strict=True), ()))
    if places is None or len(places) == len(raw):
        return None if places is None else raw
    return tuple([raw[place] for place in places])


@remembered(limit=1 << 20, size=lambda names, _: 500 + sum(map(len, names)) + 100 * len(names))
def _stay(names: tuple[bytes, ...]) -> tuple[int, ...] | None:
    """Return the places of the fields that stay. It is remembered, since an app sends the same names in each of its requests."""
    places = []
    for place, name in enumerate(names):
        lower = name.lower()
        if lower == b"connection" or lower.startswith(_CLAIMS):
            return None
        if lower != b"expect" and lower not in HOP_BY_HOP:
            places.append(place)
    return tuple(places)


_CLAIMS = (b"x-forwarded-", b"forwarded")
"""The first parts of the names of fields that claim addresses (RFC 7239 section 8.1)."""


class Forwarded(Struct, frozen=True):
    """The device's address, and the X-Forwarded-For to send."""

    client: str
    """The address of the device that asks."""
    headers: Headers
    """The fields with the new X-Forwarded-For."""
    claim: str | None = None
    """The public address that the peer claimed, if the peer's own private address was used. A hint to name it in `trusted_proxies`."""


class ForwardedFor(Struct, frozen=True):
    """The policy for writing X-Forwarded-For, and the trusted proxies."""

    mode: Literal["replace", "append", "off"] = "replace"
    trusted: tuple[Network, ...] = ()
    """The peers whose X-Forwarded-For is trusted."""
    pool: Network | None = None
    """The public addresses that replace the private addresses of clients. Each client always gets the same one."""
    fallback: str | None = None
    """The public address that replaces the private addresses of clients, if there is no pool."""

    def look(self, headers: Headers, peer: str, public: str = "") -> Forwarded:
        """Find the device's address from `peer` and these end-to-end fields, and the X-Forwarded-For to send.

        `public` is the device's address in the configuration.
        """
        nearest = parse_address(peer)
        trusted = nearest is not None and self._trusts(nearest)
        chain = _chain(headers)
        client = self._client(nearest, chain if trusted else [])
        address, _ = self.told(client, public)
        if self.mode == "off":
            return Forwarded(address or peer, headers)
        kept = _without_forwarded(headers.raw, trusted=trusted)
        neighbour = str(nearest) if nearest is not None else peer
        value = ", ".join([*chain, neighbour]) if self.mode == "append" else address
        if value:
            kept = (*kept, (b"X-Forwarded-For", value.encode("latin-1", "replace")))
        claimed = None
        if not (trusted or self.mode == "append" or client is None or client.is_global):
            claimed = next(
                (entry for entry in chain[:MOST_HOPS] if (claim := parse_address(entry)) and claim.is_global), None
            )
        return Forwarded(address or peer, Headers(kept), claimed)

    def told(self, client: Address | None, public: str = "") -> tuple[str, Told]:
        """Return the address of a device that Adobe gets, and its source. `public` is the device's address in the configuration."""
        own = str(client) if client is not None else ""
        if public:
            return public, "named"
        if client is not None and client.is_global:
            return own, "own"
        if address := self._in_pool(client):
            return address, "pool"
        return (self.fallback, "fallback") if self.fallback else (own, "private")

    def address(self, headers: Headers, peer: str) -> str:
        """Return the device's own address. Adobe may get `fallback` instead."""
        nearest = parse_address(peer)
        trusted = nearest is not None and self._trusts(nearest)
        client = self._client(nearest, _chain(headers)) if trusted else nearest
        return str(client) if client is not None else peer

    def _in_pool(self, client: Address | None) -> str:
        """Return a client's address in the pool; empty without a pool. Clients with neighbouring addresses get different ones."""
        if self.pool is None or client is None:
            return ""
        return str(self.pool[int(client) % self.pool.num_addresses])

    def _trusts(self, address: Address) -> bool:
        return is_in(address, self.trusted)

    def _client(self, nearest: Address | None, chain: list[str]) -> Address | None:
        """Return the rightmost address that does not belong to a trusted proxy.

        Entries to the left of an unreadable entry, or of `MOST_HOPS` trusted proxies, are not trusted.
        """
        client = nearest
        for entry in chain[: -MOST_HOPS - 1 : -1]:
            address = parse_address(entry)
            if address is None:
                break
            client = address
            if not self._trusts(address):
                break
        return client


def _chain(headers: Headers) -> list[str]:
    """Return the entries of all X-Forwarded-For lines, as they were sent, oldest first."""
    return [entry.strip() for line in headers.getall("x-forwarded-for") for entry in line.split(",") if entry.strip()]


def _without_forwarded(raw: RawHeaders, *, trusted: bool) -> RawHeaders:
    """Remove X-Forwarded-For. From an untrusted peer, remove every field that claims an address (RFC 7239 section 8.1)."""
    claims: tuple[bytes, ...] = (b"x-forwarded-for",) if trusted else _CLAIMS
    return tuple(field for field in raw if not field[0].lower().startswith(claims))


def is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of some networks."""
    return any(address in network for network in networks if network.version == address.version)


def parse_address(text: str) -> Address | None:
    """Read one entry of X-Forwarded-For: bare, with a port, in brackets, in quotes, or with a zone. None if it is not an address."""
    return _address(text) if len(text) <= LONGEST_ENTRY else None


@remembered(limit=1 << 20, longest=LONGEST_ENTRY)
def _address(text: str) -> Address | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def bare_host(authority: str) -> str:
    """Return the host of `host[:port]`, in lower case."""
    if authority.startswith("["):
        return authority.partition("]")[0].lower() + "]"
    return authority.partition(":")[0].lower()
