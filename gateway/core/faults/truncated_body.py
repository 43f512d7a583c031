"""Closes the connection in the middle of the answer's body."""

from __future__ import annotations

from gateway.core.damage import Break
from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_options import MaybeSize


class TruncatedBody(Fault, frozen=True):
    """Closes the connection in the middle of the answer's body, before the body's declared end. The request is sent."""

    size: MaybeSize = None
    """Bytes of the body that still come; by default half of them."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Cut the body off."""
        del occasion
        return Effect(broken=Break("body", "close", self.size), whole=False)
