"""How an address is shown: a private one as it is, and of a public one what stands for it."""

from __future__ import annotations

from gateway.core.headers import parse_address
from gateway.core.redaction import Redaction


def shown_address(address: str, redaction: Redaction, *, plain: bool = False) -> str:
    """Return an address as it may be shown; `plain`: every one is shown as it is (`log.addresses`)."""
    if not address or plain:
        return address
    parsed = parse_address(address)
    if parsed is not None and not parsed.is_global:
        return address
    return redaction.pseudonyms("ip", address)
