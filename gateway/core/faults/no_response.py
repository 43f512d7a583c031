"""Never answers."""

from __future__ import annotations

from gateway.core.fault import Effect, Fault, Occasion, unanswered
from gateway.core.fault_options import SomeSeconds


class NoResponse(Fault, frozen=True):
    """Never answers: the connection stays open, silent, until the client leaves or the time is over."""

    seconds: SomeSeconds = 300.0
    """Seconds after which the gateway closes the connection."""
    sent: bool = False
    """Whether the request is sent first, so that its answer is lost."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Say nothing."""
        del occasion
        return Effect(None if self.sent else unanswered(504), silence=self.seconds, whole=False)
