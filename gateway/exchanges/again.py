"""An exchange that was had before, as it is had again: at once, as long as all that it depended on stands.

Facts
-----
* Who looks for what an exchange depends on: the device has its name (`SharedState`), the answer is the same (`core/standing.py`: who
  sends says so), and the checks say the same (`Unchanged`). Where one of them cannot say, the exchange goes the usual way.
* It is the same exchange in all that anybody sees of it, but for its id and its times.
* A rule that is concerned, an answer that streams, one that hands out a code or a token, and one of the gateway's own are never had
  again in this way; nor is a request with a body, one that does not say from which device it is, or one from a peer whose word about
  its clients was not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.auditing.live import LiveAudit
from gateway.core.adobe.signs import NOTHING_GIVEN, given_in
from gateway.core.memo import memo_of
from gateway.core.model import Exchange, Finding, Leg, Request, Response, Rule, Send
from gateway.core.standing import Stands, always, standing_of
from gateway.core.state import SharedState


class Again(Struct, frozen=True):
    """What an exchange came to, and what says whether it stands."""

    received: Request
    sent: Request
    answer: Response
    """What `sent` was answered."""
    reply: Response
    findings: tuple[Finding, ...]
    stands: tuple[Stands, ...]
    """All say whether it comes to the same. The last one then remembers it for the checks: it is asked when all others have said yes, and
    the exchange has to be had, once."""
    kept: dict[object, Any] = field(default_factory=dict)
    """What who writes the reply keeps with it."""


class Agains:
    """Says of exchanges whether they can be had again."""

    def __init__(self, send: Send, audit: LiveAudit | None, state: SharedState, rules: Sequence[Rule]) -> None:
        self._standing: Callable[[Request], Stands | None] = standing_of(send)
        self._audit = audit
        self._state = state
        self._rules = rules

    def of(self, began: Exchange, legs: Sequence[Leg], reply: Response, findings: tuple[Finding, ...]) -> Again | None:
        """Return an exchange as it is had again, when it is about to be answered; None where the next one may be another."""
        received = began.received
        if len(legs) != 1 or memo_of(received) is None or not received.device.identifier:
            return None
        sent, answer = legs[0].request, legs[0].response
        plays = self._standing(sent)
        if plays is None or reply.notes or not isinstance(answer.body, bytes) or received.raw_target:
            return None
        if given_in(sent, answer) is not NOTHING_GIVEN or any(rule.concerns(sent) for rule in self._rules):
            return None
        device, named = received.device, self._state.named
        stands: list[Stands] = [lambda _: named(device.key) == device.name]
        if plays is not always:
            stands.append(plays)
        if self._audit is not None:
            judged = self._audit.standing(received, answer, findings)
            if judged is None:
                return None
            stands.append(judged)
        return Again(received, replace(sent, early=None), answer, reply, findings, tuple(stands))
