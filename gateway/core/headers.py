"""Header algebra: which fields end at this hop, and whose television is calling.

Facts
-----
* A proxy removes the fields that `Connection` names, `Connection` itself, and the fields of old that describe one hop
  (RFC 9110 section 7.6.1). What it says itself is written afterwards, or a client could have it stripped
  (golang/go issue 50580).
* A nomination of Host, Content-Length or X-Forwarded-For is an attack or a mistake; it is not obeyed.
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
"""Why Adobe is told an address: it is the named device's `public_address`, the device's own, of the pool, or the fallback; `private`: nothing stands for the device's own private one."""
MOST_HOPS = 64
"""How many entries of X-Forwarded-For are read."""
LONGEST_ENTRY = 100
"""Characters; longer than any address with its port and its zone."""
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
    """Return the fields that are sent on, end to end and without Expect, if their names alone say which; None if a value matters, too.

    A value matters of Connection, and of what claims an address: then `end_to_end` and `ForwardedFor.look` have to see it.
    """
    raw = headers.raw
    names = tuple([name for name, _ in raw])
    places = _stay(names)
    if places is None or len(places) == len(raw):
        return None if places is None else raw
    return tuple([raw[place] for place in places])


@remembered(limit=1 << 20, size=lambda names, _: 500 + sum(map(len, names)) + 100 * len(names))
def _stay(names: tuple[bytes, ...]) -> tuple[int, ...] | None:
    """Return the places of the fields that stay: an app sends the same names in each of its requests."""
    places = []
    for place, name in enumerate(names):
        lower = name.lower()
        if lower == b"connection" or lower.startswith(_CLAIMS):
            return None
        if lower != b"expect" and lower not in HOP_BY_HOP:
            places.append(place)
    return tuple(places)


_CLAIMS = (b"x-forwarded-", b"forwarded")
"""What the names begin with of fields that claim addresses (RFC 7239 section 8.1)."""


class Forwarded(Struct, frozen=True):
    """The device's address, and the X-Forwarded-For to send."""

    client: str
    """The address of the device that asks."""
    headers: Headers
    """The fields with X-Forwarded-For written."""
    claim: str | None = None
    """A public address that the peer claimed and that gave way to its own private one: a hint that `trusted_proxies` should name it."""


class ForwardedFor(Struct, frozen=True):
    """How X-Forwarded-For is written, and the trusted proxies."""

    mode: Literal["replace", "append", "off"] = "replace"
    trusted: tuple[Network, ...] = ()
    """The peers whose X-Forwarded-For is believed."""
    pool: Network | None = None
    """The public addresses that stand for clients that have a private one: each client has one, which stays the same."""
    fallback: str | None = None
    """The public address that stands for clients that have a private one, if there is no pool."""

    def look(self, headers: Headers, peer: str, public: str = "") -> Forwarded:
        """Find the device's address from `peer` and these end-to-end fields, and the X-Forwarded-For to send.

        `public` is the address that a configuration gives to the device.
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
        """Return the address that Adobe is told of a device, and why that one; `public` is the one that a configuration gives to it."""
        own = str(client) if client is not None else ""
        if public:
            return public, "named"
        if client is not None and client.is_global:
            return own, "own"
        if address := self._in_pool(client):
            return address, "pool"
        return (self.fallback, "fallback") if self.fallback else (own, "private")

    def address(self, headers: Headers, peer: str) -> str:
        """Return the device's own address, though Adobe may be told `fallback` instead."""
        nearest = parse_address(peer)
        trusted = nearest is not None and self._trusts(nearest)
        client = self._client(nearest, _chain(headers)) if trusted else nearest
        return str(client) if client is not None else peer

    def _in_pool(self, client: Address | None) -> str:
        """Return a client's address in the pool; empty without one. Clients that differ by less than its size have different ones."""
        if self.pool is None or client is None:
            return ""
        return str(self.pool[int(client) % self.pool.num_addresses])

    def _trusts(self, address: Address) -> bool:
        return is_in(address, self.trusted)

    def _client(self, nearest: Address | None, chain: list[str]) -> Address | None:
        """Return the rightmost address that is not a trusted proxy's; entries behind an unreadable one are not believed.

        Nor is what is behind `MOST_HOPS` trusted proxies.
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
    """Drop X-Forwarded-For, and from an untrusted peer every claim of its kind (RFC 7239 section 8.1)."""
    claims: tuple[bytes, ...] = (b"x-forwarded-for",) if trusted else _CLAIMS
    return tuple(field for field in raw if not field[0].lower().startswith(claims))


def is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of some networks."""
    return any(address in network for network in networks if network.version == address.version)


def parse_address(text: str) -> Address | None:
    """Read one entry of X-Forwarded-For: bare, with a port, bracketed, quoted or with a zone; None if it is no address."""
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
