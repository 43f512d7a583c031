"""Resets the connection."""

from __future__ import annotations

from typing import Literal

from gateway.core.damage import Break
from gateway.core.fault import Effect, Fault, Occasion, unanswered


class ConnectionReset(Fault, frozen=True):
    """Resets the connection (TCP RST): before the answer's head, in its head, or in its body."""

    at: Literal["before_head", "head", "body"] = "before_head"
    """When the reset happens: before the first byte, in the middle of the head, or in the middle of the body."""
    sent: bool = False
    """Whether the request is sent first. Its answer is then lost. With `head` and `body` the request is always sent."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Break the connection off."""
        del occasion
        if self.at == "before_head":
            return Effect(None if self.sent else unanswered(502), broken=Break("start", "reset"), whole=False)
        return Effect(broken=Break(self.at, "reset"), whole=False)
