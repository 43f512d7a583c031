"""Closes the connection without an answer."""

from __future__ import annotations

from gateway.core.damage import Break
from gateway.core.fault import Effect, Fault, Occasion, unanswered


class EmptyResponse(Fault, frozen=True):
    """Closes the connection (TCP FIN) without a byte of an answer."""

    sent: bool = False
    """Whether the request is sent first, so that its answer is lost."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Close the connection."""
        del occasion
        return Effect(None if self.sent else unanswered(502), broken=Break("start", "close"), whole=False)
