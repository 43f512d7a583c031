"""A fault with its conditions. It decides for each call whether the fault happens.

Facts
-----
* Calls are counted for each device alone. A draw depends only on the seed, the device and the number of the call. So the same seed
  breaks the same calls. The other devices do not matter.
* A device has a key, which may differ from run to run. So a draw uses a hash of the device's identifier, or of its address if there is
  no identifier. This hash is the same in every run, on every machine.
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_when import FaultWhen
from gateway.core.model import Request
from gateway.core.state import SharedState


class PlannedFault(Struct, frozen=True):
    """A fault, and its conditions."""

    name: str
    """The fault's name in `config.yaml`."""
    fault: Fault
    when: FaultWhen
    key: str
    """Its id among the faults of a gateway."""
    begun: float
    """The start of its schedule, in seconds by a monotonic clock."""

    def meets(self, request: Request) -> bool:
        """Return whether its conditions fit this request."""
        return self.when.meets(request) and self.fault.concerns(request)

    async def occasion(self, request: Request, state: SharedState, now: float) -> Occasion:
        """Count a call that meets the conditions."""
        device = request.device.key
        counted = await state.count(f"{self.key} {device}", now)
        return Occasion(
            request, state, self.key, now, counted.number, self.when.seed or self.key, _mark_of(request, state)
        )

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Return the effect on a counted call. None if the fault does not happen."""
        when = self.when
        if not when.schedule.is_on(occasion.now - self.begun) or not when.takes(occasion.nth):
            return None
        if when.probability < 1 and occasion.draw("happens") >= when.probability:
            return None
        effect = await self.fault.strike(occasion)
        if effect is None or not when.times:
            return effect
        happened = await occasion.state.count(f"{self.key} happened {occasion.request.device.key}", occasion.now)
        return effect if happened.number <= when.times else None

    def __str__(self) -> str:
        routes = " or ".join(map(str, self.when.route)) or "any request"
        return f"{routes}, for the fault {self.name}"


def _mark_of(request: Request, state: SharedState) -> str:
    device = request.device
    known = device.identifier or device.address or request.client
    return state.mark(device.key, blake2b(known.encode("latin-1", "replace"), digest_size=16).hexdigest())
