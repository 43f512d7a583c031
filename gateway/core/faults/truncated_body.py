"""Closes the connection in the middle of the answer's body."""

from __future__ import annotations

from gateway.core.damage import Break
from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_options import MaybeSize


class TruncatedBody(Fault, frozen=True):
    """Closes the connection in the middle of the answer's body, before the body's declared end. The request is sent."""

    size: MaybeSize = None
    """Number of bytes of the body that are sent; by default half of the body."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Cut the body off."""
        del occasion
        return Effect(broken=Break("body", "close", self.size), whole=False)
