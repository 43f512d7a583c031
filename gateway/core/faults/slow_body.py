"""Sends the answer's body slowly."""

from __future__ import annotations

from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_options import Size


class SlowBody(Fault, frozen=True):
    """Sends the whole body of the answer, but slowly. The request is sent."""

    bytes_per_second: Size
    """Bytes of the body a second. The head goes out at once."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Slow the answer down."""
        del occasion
        return Effect(pace=float(self.bytes_per_second))
