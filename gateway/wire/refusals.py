"""Remembers by address which devices refuse our certificate, until they accept it.

Facts
-----
* A client verifies the certificate before it finishes its handshake (RFC 8446 section 4.4.2). So a finished handshake means that it accepts.
* Some clients say why they refuse (an alert). Many only close, as a port scan does. The kept reason tells both cases apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

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


class Handshakes(Struct, frozen=True):
    """The results of handshakes in one process."""

    refused: list[CertificateRefusal]
    """The refusals of devices that have not accepted the certificate since, in this process."""
    accepted: dict[str, float]
    """For each address: when a handshake was last finished, in seconds since the epoch."""


def refusing(processes: Iterable[Handshakes]) -> list[CertificateRefusal]:
    """Return the refusals of devices that have not accepted the certificate since, in any process; the latest first."""
    found: dict[str, CertificateRefusal] = {}
    every = list(processes)
    for one in (refusal for process in every for refusal in process.refused):
        if any(process.accepted.get(one.address, 0.0) > one.last for process in every):
            continue
        known = found.get(one.address, one)
        times = one.times + (known.times if known is not one else 0)
        found[one.address] = replace(max(known, one, key=_last), times=times, first=min(known.first, one.first))
    return sorted(found.values(), key=_last, reverse=True)


def _last(refusal: CertificateRefusal) -> float:
    return refusal.last


class CertificateRefusals:
    """All refusals in this process, and the text that the log adds to each."""

    def __init__(
        self, about: Callable[[str], Mapping[str, str]] = lambda _: {}, clock: Callable[[], float] = time.time
    ) -> None:
        """`about` returns the fields that the log adds for an address: which device it is, and what to do."""
        self._about = about
        self._clock = clock
        self._by_address: Bounded[str, CertificateRefusal] = Bounded(
            "refusals of our certificate", 256 << 10, longest=2048
        )
        self._accepted: Bounded[str, tuple[str, float]] = Bounded(
            "times of finished handshakes", 256 << 10, longest=2048
        )

    def refused(self, address: str, reason: str) -> Mapping[str, str]:
        """Count a refusal, and return the fields that the log adds."""
        before: CertificateRefusal | None = self._by_address.get(address)
        now = self._clock()
        times, first = (before.times, before.first) if before is not None else (0, now)
        self._by_address.put(address, CertificateRefusal(address, reason, times + 1, first, now))
        return self._about(address)

    def accepted(self, address: str) -> None:
        """Forget the refusals of a device, because it has finished a handshake."""
        if address in self._by_address:
            self._by_address.pop(address)
        self._accepted.put(address, (address, self._clock()))

    @property
    def handshakes(self) -> Handshakes:
        """The results of handshakes in this process."""
        return Handshakes(self._by_address.values, dict(self._accepted.values))
