"""The base of every fault: for each call that meets its conditions, it decides what happens to the call."""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from gateway.core.damage import Break, Damage
from gateway.core.http_status import reason_of
from gateway.core.model import Headers, Request, Response
from gateway.core.state import SharedState

DRAWN = 53
"""Bits of a number that is drawn: as many as a float holds."""


class Effect(Struct, frozen=True):
    """What happens to a call."""

    answer: Response | None = None
    """What is answered instead of sending the request; None: it is sent."""
    delay: float = 0.0
    """Seconds before either."""
    whole: bool = True
    """Whether the app gets an answer of the API, with all of its bytes."""
    pace: float | None = None
    """Bytes of the answer's body a second; None: as fast as they are read."""
    broken: Break | None = None
    """Where the reply breaks off."""
    silence: float = 0.0
    """Seconds for which nothing is written, and then the connection closes; 0: it is answered."""

    def damage(self, name: str) -> Damage:
        """Return what the answer carries, in the name of a fault."""
        return Damage((name,), self.whole, self.pace, self.broken, self.silence)


class Occasion(Struct, frozen=True):
    """A call of a device at which a fault may happen."""

    request: Request
    """As it is sent."""
    state: SharedState
    key: str
    """Its id among the faults of a gateway."""
    now: float
    """Seconds by a clock that only goes on."""
    nth: int
    """Number of the call, from 1, among the calls of this device that meet the conditions."""
    seed: str
    mark: str
    """The device's key; the same in every run."""

    def draw(self, purpose: str) -> float:
        """Return a number from 0 to below 1. It depends on seed, device, number of the call and purpose, and on nothing else."""
        about = f"{self.mark} {self.nth} {purpose}".encode()
        drawn = blake2b(about, key=_key_of(self.seed), digest_size=8).digest()
        return (int.from_bytes(drawn, "big") >> (64 - DRAWN)) / (1 << DRAWN)


class Fault(Struct, frozen=True):
    """A fault: something that is done to a call on purpose. Its fields are its options (gateway/core/options.py)."""

    @property
    def needs_body(self) -> bool:
        """Whether it reads the request's body, which is then whole."""
        return False

    def concerns(self, request: Request) -> bool:
        """Whether this fault can happen to this request."""
        del request
        return True

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Return what becomes of a call; None if nothing does, this time."""
        raise NotImplementedError


def unanswered(status: int) -> Response:
    """Return the answer that stands for no answer. A rule and the log see its status; the app does not."""
    headers = Headers.of({"Content-Length": "0"})
    return Response(status, reason_of(status), headers, b"")


def _key_of(seed: str) -> bytes:
    return blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
