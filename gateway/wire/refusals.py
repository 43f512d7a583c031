"""Remembers by address which devices refuse our certificate, until they accept it.

Facts
-----
* A client verifies the certificate before it finishes its handshake (RFC 8446 section 4.4.2). So a finished handshake means that it accepts.
* Some clients say why they refuse (an alert). Many only close, as a port scan does. The kept reason tells both cases apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from gateway.core.bounded import Bounded


class CertificateRefusal(Struct, frozen=True):
    """A device that refused our certificate."""

    address: str
    """The address of the device itself, or the one that a proxy names."""
    reason: str
    times: int
    first: float
    """Seconds since the epoch."""
    last: float


class CertificateRefusals:
    """All refusals, and the text that the log adds to each."""

    def __init__(
        self, about: Callable[[str], Mapping[str, str]] = lambda _: {}, clock: Callable[[], float] = time.time
    ) -> None:
        """`about` returns the fields that the log adds for an address: which device it is, and what to do."""
        self._about = about
        self._clock = clock
        self._by_address: Bounded[str, CertificateRefusal] = Bounded(
            "refusals of our certificate", 256 << 10, longest=2048
        )

    def refused(self, address: str, reason: str) -> Mapping[str, str]:
        """Count a refusal, and return the fields that the log adds."""
        before: CertificateRefusal | None = self._by_address.get(address)
        now = self._clock()
        times, first = (before.times, before.first) if before is not None else (0, now)
        self._by_address.put(address, CertificateRefusal(address, reason, times + 1, first, now))
        return self._about(address)

    def accepted(self, address: str) -> None:
        """Forget a device, because it has finished a handshake."""
        if address in self._by_address:
            self._by_address.pop(address)

    @property
    def all(self) -> list[CertificateRefusal]:
        """The refusals of devices that have not accepted the certificate since; the latest first."""
        return sorted(self._by_address.values, key=lambda refusal: -refusal.last)
