"""Answers 429 when calls come faster than Adobe allows."""

from __future__ import annotations

from gateway.core.adobe.throttling import CAPACITY, RATE, address_of, is_throttled, too_many
from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_options import Positive
from gateway.core.model import Request


class Throttle(Fault, frozen=True):
    """Answers 429 by Adobe's bucket for each X-Forwarded-For: HTML, no Retry-After; the request is not sent."""

    rate: Positive = RATE
    """Calls a second that are let through."""
    capacity: Positive = CAPACITY
    """Number of calls that a full bucket lets through at once. The documentation's example shows 11."""

    def concerns(self, request: Request) -> bool:
        """Whether the documentation says that these calls are throttled."""
        return is_throttled(request)

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Take a token from the address's bucket; answer 429 if the bucket is empty."""
        bucket = f"{occasion.key} {address_of(occasion.request)}"
        state = occasion.state
        if await state.take(bucket, occasion.now, rate=self.rate, capacity=self.capacity):
            return None
        return Effect(too_many(occasion.request))
