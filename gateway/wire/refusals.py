"""Devices that refuse our certificate, by their addresses, until they accept it.

Facts
-----
* A client verifies the certificate before it finishes its handshake (RFC 8446 section 4.4.2), so one that has finished accepts it.
* Some say why they refuse (an alert), many just close, as a port scan does: the reason that is kept tells these apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from gateway.core.bounded import Bounded


class CertificateRefusal(Struct, frozen=True):
    """A device that refused our certificate."""

    address: str
    """Its own, or that of which a proxy speaks."""
    reason: str
    times: int
    first: float
    """Seconds since the epoch."""
    last: float


class CertificateRefusals:
    """All of them, and what is said of each in the log."""

    def __init__(
        self, about: Callable[[str], Mapping[str, str]] = lambda _: {}, clock: Callable[[], float] = time.time
    ) -> None:
        """`about` returns what the log adds for a device, by its address: who it is, and what to do."""
        self._about = about
        self._clock = clock
        self._by_address: Bounded[str, CertificateRefusal] = Bounded(
            "refusals of our certificate", 256 << 10, longest=2048
        )

    def refused(self, address: str, reason: str) -> Mapping[str, str]:
        """Note one more; return what the log adds."""
        before: CertificateRefusal | None = self._by_address.get(address)
        now = self._clock()
        times, first = (before.times, before.first) if before is not None else (0, now)
        self._by_address.put(address, CertificateRefusal(address, reason, times + 1, first, now))
        return self._about(address)

    def accepted(self, address: str) -> None:
        """Forget a device: it has finished a handshake."""
        if address in self._by_address:
            self._by_address.pop(address)

    @property
    def all(self) -> list[CertificateRefusal]:
        """Those that did not accept it since, the last one first."""
        return sorted(self._by_address.values, key=lambda refusal: -refusal.last)
