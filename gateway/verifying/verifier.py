"""Sends the requests of a cassette to a live upstream, and reports where its answers differ from the recorded answers.

Facts
-----
* A device under a pseudonym is not logged in anywhere. If only the live answer says so, the difference tells nothing about the API. The
  interaction counts as not verifiable, not as drift.
* A live 401 to the caller's token, a 429, a 502, a 503 and a 504 do not come from the API itself. They count as not verifiable, too.
  After a 401 or a 429, nothing more is sent: later requests would fail in the same way, or make it worse.
* Each request is sent once, without rules. A cassette holds the requests that Adobe saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.codings import CodingError, plain
from gateway.core.drift import Drift, drifts, says_logged_out
from gateway.core.model import Interaction, Request, Response, Send
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.value import repr_without
from gateway.transports.bodies import close, gather
from gateway.verifying.plan import THROTTLED, UNAUTHORIZED, Plan, destructive, is_of_nobody
from gateway.verifying.reasons import (
    CHANGES,
    LAST,
    LOGGED_IN,
    LOGOUT,
    OUT_OF_ORDER,
    REFUSED,
    THROTTLES,
    TOO_LARGE,
    Reason,
    no_answer,
)

SHORTEST_SECRET = 4
"""Length of the shortest token that is replaced, in characters. A shorter token would be found in many words."""
OUTAGES = frozenset({502, 503, 504})


class Verified(Struct, frozen=True):
    """The result for one interaction: its drift, or the reason why it could not be verified."""

    interaction: Interaction
    shown: str
    """Method and path, redacted."""
    reason: Reason | None = None
    drifts: tuple[Drift, ...] = ()
    live: Response | None = None
    """The API's answer with its secrets. Its body is whole and decoded. None if there is no answer."""
    elapsed_ms: float = 0.0

    __repr__, __rich_repr__ = repr_without("live")

    @property
    def said(self) -> str:
        """The text that follows the interaction's name."""
        if self.reason is not None:
            return f"not verifiable: {self.reason.one}"
        return "\n".join(["drift", *(f"  {drift}" for drift in self.drifts)]) if self.drifts else "no drift"


class Verification(Struct, frozen=True):
    """The result for all interactions."""

    outcomes: tuple[Verified, ...]
    gone: Reason | None = None
    """The reason why nothing more is sent. None while requests are sent."""

    def and_(self, other: Verification) -> Verification:
        """Return the result for the interactions of both."""
        return Verification(self.outcomes + other.outcomes, other.gone)

    @property
    def verified(self) -> int:
        """Number of interactions that were compared."""
        return sum(outcome.reason is None for outcome in self.outcomes)

    @property
    def drifted(self) -> int:
        """Number of interactions with drift."""
        return sum(bool(outcome.drifts) for outcome in self.outcomes)

    @property
    def unanswered(self) -> int:
        """Number of requests without an answer of the API. They were sent, or an earlier failure kept them from being sent."""
        return sum(outcome.reason is not None and not outcome.reason.answered for outcome in self.outcomes)

    @property
    def summary(self) -> str:
        """The result in one line, such as `0 of 8 verifiable: 7 logouts (--allow-destructive), 1 recorded 429`."""
        reasons = Counter(outcome.reason for outcome in self.outcomes if outcome.reason is not None)
        counted = ", ".join(reason(number) for reason, number in reasons.most_common())
        line = f"{self.verified} of {len(self.outcomes)} verifiable" + (f": {counted}" if counted else "")
        if not self.verified:
            return line
        return f"{line}; drift in {self.drifted}" if self.drifted else f"{line}; no drift"


class _Compared(NamedTuple):
    """The result of one request."""

    reason: Reason | None = None
    drifts: tuple[Drift, ...] = ()
    live: Response | None = None


class Verifier(Struct, frozen=True):
    """Sends the planned requests one after the other, and compares the answers."""

    send: Send
    upstream: str
    token: str
    redaction: Redaction
    """Redacts a live answer before it is compared and shown. Its key is made for this run."""
    pace: Callable[[], Awaitable[None]]
    max_body: int
    allow_destructive: bool = False

    def plan(self, interactions: Sequence[Interaction]) -> list[tuple[Interaction, Request | Reason]]:
        """Return for each interaction the request to send, or the reason why it is not sent."""
        return Plan(self.upstream, self.token, self.allow_destructive)(interactions)

    def announcement(self, interactions: Sequence[Interaction]) -> str:
        """Return how many requests will be sent, and how many of them may change something."""
        sent = [planned for _, planned in self.plan(interactions) if isinstance(planned, Request)]
        changing = Counter(reason for request in sent if (reason := destructive(request)) is not None)
        of_them = [f"{changing[LOGOUT]} logouts, which end sessions"] if changing[LOGOUT] else []
        of_them += [f"{changing[CHANGES]} that may change something"] if changing[CHANGES] else []
        return f"{len(sent)} requests" + (f" ({', '.join(of_them)})" if of_them else "") + " go"

    async def verify(
        self, interactions: Sequence[Interaction], tell: Callable[[Verified], None], gone: Reason | None = None
    ) -> Verification:
        """Verify a cassette's interactions in their order. `tell` gets each result at once. If `gone` is a reason, nothing is sent."""
        outcomes: list[Verified] = []
        for interaction, planned in self.plan(interactions):
            shown = f"{interaction.request.method} {Saying(self.redaction, interaction.request).path}"
            if isinstance(planned, Reason):
                outcome = Verified(interaction, shown, planned)
            elif gone is not None:
                outcome = Verified(interaction, shown, gone)
            else:
                await self.pace()
                began = perf_counter()
                reason, found, live = await self._compared(interaction, planned)
                outcome = Verified(interaction, shown, reason, found, live, (perf_counter() - began) * 1000)
                gone = LAST.get(reason) if reason is not None else None
            outcomes.append(outcome)
            tell(outcome)
        return Verification(tuple(outcomes), gone)

    async def _compared(self, interaction: Interaction, request: Request) -> _Compared:
        answer = await self.send(request)
        if (reason := _before_the_api(request, answer)) is not None:
            await close(answer.body)
            return _Compared(reason)
        body = await gather(answer.body, self.max_body)
        if not isinstance(body, bytes):
            await close(body)
            return _Compared(TOO_LARGE)
        if answer.source == "gateway":
            return _Compared(no_answer(answer.headers.get("X-Gateway-Error")))
        try:
            headers, body = plain(answer.headers, body)
        except CodingError:
            drift = Drift("body", "a body that can be read", "a content coding that cannot be undone")
            return _Compared(drifts=(drift,))
        live = replace(answer, headers=headers, body=body)
        if is_of_nobody(interaction.request):
            logged_out = says_logged_out(request, live), says_logged_out(interaction.request, interaction.response)
            if logged_out == (True, False):
                return _Compared(LOGGED_IN)
        return _Compared(drifts=self._drifts(interaction, request, live), live=live)

    def _drifts(self, interaction: Interaction, request: Request, live: Response) -> tuple[Drift, ...]:
        try:
            _, recorded = self.redaction.redacted(interaction.request, interaction.response)
            _, live = self.redaction.redacted(request, live)
        except OverBudgetError as error:
            return (Drift("body", "a message that can be redacted", str(error)),)
        return tuple(self._without_token(drift) for drift in drifts(recorded, live, self.redaction.policy))

    def _without_token(self, drift: Drift) -> Drift:
        """Remove the token. Redaction alone does not find a short token in every place."""
        if len(self.token) < SHORTEST_SECRET:
            return drift
        return Drift(*(text.replace(self.token, "*") for text in (drift.where, drift.recorded, drift.live)))


def _before_the_api(request: Request, live: Response) -> Reason | None:
    """Return why a live answer tells nothing about the API. None if the answer may come from the API, or is the gateway's own."""
    if live.source == "gateway":
        return None
    if live.status == UNAUTHORIZED and "Authorization" in request.headers:  # without it, the API asks for a token
        return REFUSED
    if live.status == THROTTLED:
        return THROTTLES
    return OUT_OF_ORDER if live.status in OUTAGES else None
