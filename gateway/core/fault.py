"""The base of every fault: for each call that meets its conditions, it decides what happens to the call."""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from gateway.core.damage import Break, Damage
from gateway.core.http_status import reason_of
from gateway.core.model import Headers, Request, Response
from gateway.core.state import SharedState

DRAWN = 53
"""Number of bits of a drawn number. A float holds as many."""


class Effect(Struct, frozen=True):
    """What happens to a call."""

    answer: Response | None = None
    """The answer, in place of sending the request. None: the request is sent."""
    delay: float = 0.0
    """Wait before the answer or the sending, in seconds."""
    whole: bool = True
    """Whether the app gets a whole answer of the API."""
    pace: float | None = None
    """Speed of the answer's body, in bytes per second. None: as fast as the app reads."""
    broken: Break | None = None
    """Where the reply breaks off."""
    silence: float = 0.0
    """Seconds of silence, after which the connection is closed without an answer. 0: the app gets an answer."""

    def damage(self, name: str) -> Damage:
        """Return the damage that the answer carries, under the name of a fault."""
        return Damage((name,), self.whole, self.pace, self.broken, self.silence)


class Occasion(Struct, frozen=True):
    """A call of a device at which a fault may happen."""

    request: Request
    """The request as it is sent."""
    state: SharedState
    key: str
    """The fault's id among the faults of a gateway."""
    now: float
    """Time in seconds, by a monotonic clock."""
    nth: int
    """Number of the call, from 1, among the calls of this device that meet the conditions."""
    seed: str
    mark: str
    """The device's key; the same in every run."""

    def draw(self, purpose: str) -> float:
        """Return a number from 0 to below 1. It depends only on seed, device, number of the call and purpose."""
        about = f"{self.mark} {self.nth} {purpose}".encode()
        drawn = blake2b(about, key=_key_of(self.seed), digest_size=8).digest()
        return (int.from_bytes(drawn, "big") >> (64 - DRAWN)) / (1 << DRAWN)


class Fault(Struct, frozen=True):
    """A fault: something that is done to a call on purpose. Its fields are its options (gateway/core/options.py)."""

    @property
    def needs_body(self) -> bool:
        """Whether the fault reads the request's body. Then the body is whole."""
        return False

    def concerns(self, request: Request) -> bool:
        """Whether this fault can happen to this request."""
        del request
        return True

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Return the effect on a call. None if nothing happens to this call."""
        raise NotImplementedError


def unanswered(status: int) -> Response:
    """Return the placeholder for a missing answer. A rule and the log see its status; the app does not."""
    headers = Headers.of({"Content-Length": "0"})
    return Response(status, reason_of(status), headers, b"")


def _key_of(seed: str) -> bytes:
    return blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
