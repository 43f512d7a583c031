"""Repeats an exchange that came before: at once, while everything that it depends on is unchanged.

Facts
-----
* A repeat has three conditions. The device has the same name (`SharedState`). The sender gives the same answer (`core/standing.py`). The
  checks have the same findings (`Unchanged`). If one of the three is not certain, the exchange takes the usual path.
* The repeated exchange looks the same to everybody, except for its id and its times.
* If the answer must be awaited, the exchange is repeated in two halves: the part before it is sent, and the result of its answer. A
  different answer, or an answer that does not come whole, is judged as usual.
* A rule gives the same result for the same request and the same answers. So the legs that it sent are repeated, too.
* These are never repeated: an answer that streams, an answer that hands out a code or a token, a request with a body,
  a request that does not name its device, and a request from a peer whose claims about its clients were not believed.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gateway.auditing.live import OURS, LiveAudit
from gateway.core.adobe.signs import NOTHING_GIVEN, given_in
from gateway.core.asking import Ask, ask_of
from gateway.core.dated import only_date_differs, with_date_of
from gateway.core.memo import Keepsake, memo_of
from gateway.core.model import Exchange, Finding, Headers, Leg, Request, Response, Rule, Send
from gateway.core.standing import AllStand, Stands, always, standing_of
from gateway.core.state import SharedState
from gateway.exchanges.observers import Observers

SHARED = 4 << 10
"""Largest size of header fields that count only once for all heads that share them, in bytes. Longer fields count in each exchange."""


class Again(Struct, frozen=True):
    """The result of an exchange, and the functions that say whether it still holds."""

    received: Request
    kept: Keepsake
    legs: tuple[tuple[Request, Response], ...]
    """Each request that was sent, with its answer."""
    reply: Response
    findings: tuple[Finding, ...]
    stands: tuple[Stands, ...]
    """Each function says whether the result is still the same. All must say yes. The last function also remembers the call for the checks.
    So it is called once, after all others have said yes, and the exchange must then be repeated."""
    observers: Observers
    """The observers that hear of the repeats."""
    size: int
    """Estimated size of its own part, and of its header fields with the facts about their device, in bytes."""

    def with_fields(self, received: Headers, sent: Headers) -> Again:
        """Return the same exchange with other header fields. The result with these fields must be the same."""
        memo = self.received.memo.emptied(received) if self.received.memo is not None else None
        legs = tuple([(replace(request, headers=sent), answer) for request, answer in self.legs])
        return replace(self, received=replace(self.received, headers=received, memo=memo), legs=legs)


class Ahead(Struct):
    """The first half of a repeated exchange, if the answer must be awaited."""

    received: Request
    sent: Request
    findings: tuple[Finding, ...]
    """The findings before the request is sent."""
    stands: tuple[Stands, ...]
    """As in `Again`."""
    ask: Ask | None = None
    """Sends the request with a callback. None if this is not possible."""
    last: Response | None = None
    """The last answer. Its result is kept only if the same answer comes again."""
    answered: Again | None = None
    """The whole exchange, for the case that the same answer comes again. Its `stands` is only about the second half."""
    is_undated: bool = False
    """Whether the findings stay the same if the answer has another Date."""

    def with_answer(self, answer: Response, at: float) -> Again | None:
        """Return the whole exchange if the last answer was the same, except for its Date, and the findings are valid. None otherwise."""
        known = self.answered
        if known is None:
            return None
        ((sent, before),) = known.legs
        if answer is not before and answer != before:
            if not self.is_undated or not only_date_differs(answer, before):
                return None
            reply = answer if known.reply == before else with_date_of(answer, known.reply)
            known = self.answered = replace(known, legs=((sent, answer),), reply=reply, kept=Keepsake())
        (stands,) = known.stands
        return known if stands(at) else None


class Agains:
    """Says whether exchanges can be repeated."""

    def __init__(self, send: Send, audit: LiveAudit | None, state: SharedState, rules: Sequence[Rule]) -> None:
        self._send = send
        self._standing = standing_of(send)
        self._audit = audit
        self._state = state
        self._rules = rules
        self._is_undated = audit is None or not audit.auditor.audit.reads_date

    def of(
        self,
        began: Exchange,
        legs: Sequence[Leg],
        judged: Response,
        reply: Response,
        findings: tuple[Finding, ...],
        before: int,
        *,
        gives: bool,
        shares: bool,
        observers: Observers,
    ) -> Again | None:
        """Return the form in which an exchange can be repeated. None if the next one may differ. Call this before the reply is written.

        `judged`: the reply as the checks saw it. `before`: the number of findings before the request was sent.
        `gives`: whether the reply hands out a code, a token or a client.
        `shares`: whether other heads have the same header fields, and count their size. `observers`: see `Again`.
        """
        received, memo = began.received, began.received.memo
        if (
            not legs
            or memo is None
            or memo_of(received) is None
            or not received.device.identifier
            or received.raw_target
        ):
            return None
        if gives or not isinstance(reply.body, bytes):
            return None
        stands: AllStand = ()
        for leg in legs:
            plays = self._standing(leg.request)
            if plays is None or leg.response.source in OURS or not isinstance(leg.response.body, bytes):
                return None
            is_the_reply = leg.response is reply and leg.request.target is received.target
            if not is_the_reply and given_in(leg.request, leg.response) is not NOTHING_GIVEN:
                return None
            stands += plays
        if memo.lasts:
            received = replace(received, memo=memo.emptied())
        if self._audit is not None:
            same = self._audit.standing(began.received, judged, before, len(findings) - before, received)
            if same is None:
                return None
            stands += (same,)
        sent = tuple([(replace(leg.request, early=None, memo=None), leg.response) for leg in legs])
        size = size_of_again(received, len(sent) + len(findings), shares=shares)
        return Again(received, memo.kept, sent, reply, findings, stands, observers, size)

    def ahead_of(self, began: Exchange, sent: Request, findings: tuple[Finding, ...]) -> Ahead | None:
        """Return the first half of an exchange: after the checks, before the request is sent. None if the next exchange may differ."""
        received = began.received
        if memo_of(received) is None or not received.device.identifier or received.raw_target:
            return None
        if any(rule.concerns(sent) for rule in self._rules):
            return None
        stands: list[Stands] = []
        if self._audit is not None:
            judged = self._audit.standing_before(received, len(findings))
            if judged is None:
                return None
            stands.append(judged)
        sent = replace(sent, early=None)
        return Ahead(received, sent, findings, tuple(stands), ask_of(self._send, sent))

    def learn(
        self,
        ahead: Ahead,
        legs: Sequence[Leg],
        reply: Response,
        findings: tuple[Finding, ...],
        observers: Observers,
    ) -> None:
        """Note the answer. If it came twice, keep its result. `observers`: see `Again`."""
        ahead.answered = None
        if len(legs) != 1 or reply.notes or not isinstance(reply.body, bytes):
            ahead.last = None
            return
        sent, answer = legs[0].request, legs[0].response
        last, ahead.last = ahead.last, answer
        again = last is not None and (answer == last or (self._is_undated and only_date_differs(answer, last)))
        before = len(ahead.findings)
        if not again or answer.source in OURS or answer.damage is not None or findings[:before] != ahead.findings:
            return
        if not isinstance(answer.body, bytes) or given_in(sent, answer) is not NOTHING_GIVEN:
            return
        judged: Stands | None = always
        if self._audit is not None:
            judged = self._audit.standing_after(ahead.received, answer, len(findings) - before)
        if judged is not None:
            legs_again = ((ahead.sent, answer),)
            ahead.answered = Again(ahead.received, Keepsake(), legs_again, reply, findings, (judged,), observers, 0)
            ahead.is_undated = self._is_undated

    def stands(self, had: Again | Ahead, at: float) -> bool:
        """Return whether an exchange may be repeated: its device has the same name, and each function in `stands` says yes."""
        device = had.received.device
        if self._state.named(device.key) != device.name:
            return False
        for stands in had.stands:  # noqa: SIM110  # a generator costs as much as the calls; the first no ends it
            if not stands(at):
                return False
        return True


def size_of_again(received: Request, parts: int, *, shares: bool) -> int:
    """Estimate the size of an exchange, in bytes. `parts`: the number of its legs and findings.

    Shared fields of at most `SHARED` bytes are counted with the other heads. Longer fields are counted here, since the other heads may be
    forgotten first.
    """
    headers = received.headers
    own = 1500 + 6 * len(received.target) + 300 * parts
    return own if shares and headers.size <= SHARED else own + 1500 + 2 * headers.size + 150 * len(headers)
