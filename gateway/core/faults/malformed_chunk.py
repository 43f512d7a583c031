"""Sends a malformed chunk."""

from __future__ import annotations

from gateway.core.damage import Break
from gateway.core.fault import Effect, Fault, Occasion


class MalformedChunk(Fault, frozen=True):
    """Sends the head and half of the body as a chunk, then a chunk whose size is no number, and closes; the request is sent."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Spoil the body."""
        del occasion
        return Effect(broken=Break("body", "close", garbage=True), whole=False)
