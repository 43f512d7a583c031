"""How an address is shown: a private address as it is, a public address as its pseudonym."""

from __future__ import annotations

from gateway.core.headers import parse_address
from gateway.core.redaction import Redaction


def shown_address(address: str, redaction: Redaction, *, plain: bool = False) -> str:
    """Return an address as it may be shown; `plain`: show every address as it is (`log.addresses`)."""
    if not address or plain:
        return address
    parsed = parse_address(address)
    if parsed is not None and not parsed.is_global:
        return address
    return redaction.pseudonyms("ip", address)
