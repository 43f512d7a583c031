"""Which platform is at which address, as far as it was met: a failed TLS handshake says no more than an address."""

from __future__ import annotations

from gateway.core.bounded import Bounded
from gateway.lab.platforms import Platform, of_word


class Acquainted:
    """Words for platforms (`core/platforms.py`) by the addresses of devices."""

    def __init__(self) -> None:
        self._words: Bounded[str, str] = Bounded("platforms by address", 256 << 10, longest=512)

    def knows(self, address: str) -> bool:
        """Whether a device at this address was met."""
        return address in self._words

    def met(self, address: str, word: str) -> None:
        """Remember what was met last at an address."""
        self._words.put(address, word)

    def platform_at(self, address: str) -> Platform | None:
        """Return the platform at an address; None where it is not known, or no entry is about it."""
        return of_word(self._words.get(address, ""))
