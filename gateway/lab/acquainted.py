"""Remembers which platform is at which address. A failed TLS handshake shows only an address, so earlier requests tell the platform."""

from __future__ import annotations

from gateway.core.bounded import Bounded
from gateway.lab.platforms import Platform, of_word


class Acquainted:
    """The words for platforms (`core/platforms.py`), by address of the device."""

    def __init__(self) -> None:
        self._words: Bounded[str, str] = Bounded("platforms by address", 256 << 10, longest=512)

    def knows(self, address: str) -> bool:
        """Whether a device has called from this address."""
        return address in self._words

    def met(self, address: str, word: str) -> None:
        """Remember the platform that called last from an address."""
        self._words.put(address, word)

    def platform_at(self, address: str) -> Platform | None:
        """Return the platform at an address. None if it is unknown, or has no entry."""
        return of_word(self._words.get(address, ""))
