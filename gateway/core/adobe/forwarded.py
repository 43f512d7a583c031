"""The X-Forwarded-For header. Adobe requires only the device's public address; servers write lists."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address

from msgspec import Struct

from gateway.core.adobe.malformed import LONGEST
from gateway.core.bounded import remembered
from gateway.core.headers import Address, parse_address
from gateway.core.secrets.pseudonyms import is_pseudonym, is_pseudonymous_address
from gateway.core.value import repr_without

MOST = 32
"""Largest number of entries that are read. Adobe requires one entry, and the findings about the first 32 are enough."""
_SHARED = IPv4Network("100.64.0.0/10")
_UNIQUE_LOCAL = IPv6Network("fc00::/7")


class Hop(Struct, frozen=True):
    """One entry of the list."""

    address: Address | None
    """The address; None if the entry is not an address."""
    bare: bool
    """Whether the entry is only an address: no port, no brackets, no quotes."""
    redacted: bool

    __repr__, __rich_repr__ = repr_without("address")

    @property
    def kind(self) -> str:
        """The kind of the address, if it cannot be the device's public address; otherwise empty."""
        return kind_of(self.address) if self.address is not None else ""


@remembered()
def read_forwarded(value: str) -> tuple[Hop, ...]:
    """Read the first `MOST` entries of X-Forwarded-For, the oldest first. Several lines are joined with commas (RFC 9110 section 5.3)."""
    return tuple(_hop(entry) for entry in entries(value)[:MOST])


def entries(value: str) -> list[str]:
    """Return all entries of X-Forwarded-For, as they were sent."""
    return [entry.strip() for entry in value.split(",") if entry.strip()]


def kind_of(address: Address) -> str:
    """Return the reason why an address is not public; empty if it is public."""
    if address.version == 4 and address in _SHARED:  # noqa: PLR2004  # the IP version
        return "an address shared behind a carrier's NAT"
    if address.version == 6 and address in _UNIQUE_LOCAL:  # noqa: PLR2004  # the IP version
        return "a unique local address"
    kinds = (
        (address.is_loopback, "a loopback address"),
        (address.is_link_local, "a link-local address"),
        (address.is_unspecified, "the unspecified address"),
        (address.is_multicast, "a multicast address"),
        (is_pseudonymous_address(address), "an address for documentation and tests"),
        (address.is_private, "a private address"),
        (not address.is_global, "an address that is not public"),
    )
    return next((kind for holds, kind in kinds if holds), "")


def _hop(entry: str) -> Hop:
    address = parse_address(entry) if len(entry) <= 100 else None  # noqa: PLR2004  # longer than any address, port and zone
    return Hop(
        address,
        bare=_is_bare(entry),
        redacted=is_pseudonym(entry[:LONGEST]) if address is None else is_pseudonymous_address(address),
    )


def _is_bare(entry: str) -> bool:
    if len(entry) > 100:  # noqa: PLR2004  # longer than any address
        return False
    try:
        ip_address(entry)
    except ValueError:
        return False
    return "%" not in entry
