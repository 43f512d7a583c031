"""Refuses an access token that was good before."""

from __future__ import annotations

from hashlib import blake2b

from gateway.core.adobe.authorization import Bearer, read_authorization
from gateway.core.adobe.error_answers import dialect_of, error_answer
from gateway.core.adobe.v1_errors import v1_error
from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_options import Count, Seconds
from gateway.core.model import Request

UNAUTHORIZED = 401
CODE = "invalid_access_token_client_application"
"""The documentation names no code for an expired token. This is the nearest code with 401."""


class ExpiredToken(Fault, frozen=True):
    """Refuses an access token in the middle of a journey: after some calls it is answered 401, until the app sends another token."""

    calls: Count = 1
    """Number of calls before a token is refused, counted for each token."""
    seconds: Seconds = 0.0
    """Seconds that a token is good for in any case, from its first call on."""

    def concerns(self, request: Request) -> bool:
        """Whether the request is a v1 or v2 call with a bearer token."""
        return dialect_of(request.path) in {"v2", "v1"} and _token_of(request) != ""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Answer 401 if the token has used up its calls, and its time is over."""
        request, now = occasion.request, occasion.now
        token = blake2b(_token_of(request).encode("latin-1", "replace"), digest_size=16).hexdigest()
        used = await occasion.state.count(f"{occasion.key} token {token}", now)
        if used.number <= self.calls or now - used.since < self.seconds:
            return None
        return Effect(error_answer(request, CODE) or v1_error(request, UNAUTHORIZED))


def _token_of(request: Request) -> str:
    """Return the bearer token of a request; empty if it has none."""
    said = read_authorization(request.headers.get("Authorization"))
    return said.token if isinstance(said, Bearer) else ""
