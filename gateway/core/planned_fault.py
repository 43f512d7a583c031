"""A fault with its conditions: decides at each call whether it happens.

Facts
-----
* Calls are counted for each device alone, and what is drawn depends on seed, device and number alone. So the same seed breaks the
  same calls, whatever runs beside them.
* A device is told by its key, which may be another one in each run. What stands for it in a draw is a hash of its identifier, or of its
  address if it has none: that is the same in every run, on every machine.
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_when import FaultWhen
from gateway.core.model import Request
from gateway.core.state import SharedState


class PlannedFault(Struct, frozen=True):
    """A fault, and when it happens."""

    name: str
    """Its name in `config.yaml`."""
    fault: Fault
    when: FaultWhen
    key: str
    """Its id among the faults of a gateway."""
    begun: float
    """When its schedule starts, in seconds by a clock that only goes on."""

    def meets(self, request: Request) -> bool:
        """Return whether its conditions fit this request."""
        return self.when.meets(request) and self.fault.concerns(request)

    async def occasion(self, request: Request, state: SharedState, now: float) -> Occasion:
        """Count a call that it is for."""
        device = request.device.key
        counted = await state.count(f"{self.key} {device}", now)
        return Occasion(
            request, state, self.key, now, counted.number, self.when.seed or self.key, _mark_of(request, state)
        )

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Return what becomes of a call that was counted; None if nothing does."""
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
