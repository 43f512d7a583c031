"""The path of an exchange, from the message that came in to its reply: top to bottom in `Exchanges.answer`.

Anything with a `Request` and a peer can call it. If nothing has to wait, it makes no task.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from secrets import token_bytes, token_hex
from time import perf_counter
from typing import Any

from msgspec.structs import replace

from gateway.auditing.live import LiveAudit
from gateway.core.adobe.signs import LONGEST as LONGEST_FORM
from gateway.core.adobe.signs import NOTHING_GIVEN
from gateway.core.bounded import Bounded
from gateway.core.damage import Damage
from gateway.core.devices import Devices
from gateway.core.errors import gateway_error
from gateway.core.headers import ForwardedFor
from gateway.core.model import Exchange, Headers, Peer, Request, Response, Rule, Send
from gateway.core.named_devices import NamedDevices
from gateway.core.routing import Routing
from gateway.core.state import MemoryState, SharedState
from gateway.core.tracebacks import place_of
from gateway.exchanges.again import Again, Ahead
from gateway.exchanges.health import Health
from gateway.exchanges.looks import Key, Looks, Met
from gateway.exchanges.observers import Observers
from gateway.exchanges.pipeline import Pipeline
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.replies import Refused, Reply
from gateway.exchanges.sending_again import App, SentAgain
from gateway.exchanges.traced import Traced, as_it_is
from gateway.transports.bodies import gather
from gateway.transports.cross_origin import CrossOrigin

DROPPED = "X-Forwarded-For dropped"
DROPPED_HINT = (
    "a public address was replaced by a private one; if this peer is a proxy, name it in forwarded_for.trusted_proxies"
)
FOREIGN_REASON = "The request target names a host that is not an upstream of this gateway."
FOREIGN = gateway_error(421, "foreign_target", FOREIGN_REASON)


class Exchanges:
    """Makes an exchange of each message, under one configuration."""

    def __init__(
        self,
        send: Send,
        *,
        routing: Routing,
        forwarded: ForwardedFor,
        observers: Observers,
        state: SharedState | None = None,
        devices: Devices | None = None,
        named: NamedDevices | None = None,
        rules: Sequence[Rule] = (),
        audit: LiveAudit | None = None,
        cross_origin: CrossOrigin | None = None,
        max_body: int = 1 << 20,
        max_head: int = 1 << 16,
        clock: Callable[[], float] = time.time,
        health: Health | None = None,
        finishing: Callable[[], None] = lambda: None,
        pipelines: Mapping[str, Pipeline] | None = None,
        untraced: Callable[[Headers], Headers | None] = as_it_is,
    ) -> None:
        """`clock` tells the seconds since the epoch; `health` answers the probes of load balancers.

        `pipelines` has the pipelines of named devices, by name. All other devices share `send` behind `rules`.
        `finishing` is called when the exchanges in flight must end. `untraced`: see `exchanges/traced.py`.
        """
        self._finishing = finishing
        self._routing = routing
        self.observers = observers
        self._state = state or MemoryState()
        self._devices = devices or Devices(token_bytes(32), self._state)
        self._audit = audit
        self._pipeline = Pipeline(
            send,
            observers=observers,
            state=self._state,
            rules=rules,
            audit=audit,
            cross_origin=cross_origin,
            max_body=max_body,
        )
        self.max_head = max_head
        """Bytes of a request's first line and header fields."""
        self._clock = clock
        self._health = health or Health()
        self._ids = (f"{prefix}{number:x}" for prefix in [token_hex(3) + "-"] for number in count(1))
        self._looks = Looks(routing, forwarded, named or NamedDevices(), self._pipeline, pipelines or {})
        self._had_before: Bounded[Key, Again] = Bounded(
            "exchanges had again", 32 << 20, longest=1 << 16, size=lambda _, again: again.size, waiting=True
        )
        """Exchanges that may be repeated. For their heads no look is kept."""
        self._had_lately = self._had_before.recent
        self._untraced = untraced
        self.in_flight: set[Reply | Repeat] = set()
        """The exchanges that have begun and not ended."""
        self._emptied: asyncio.Event | None = None
        """Is set when no exchange is open any more. None if nobody waits for this."""

    async def answer(self, received: Request, peer: Peer) -> Reply | Repeat | Refused:
        """Return the reply to a message. Its writer calls `ended` once, even if writing fails.

        If the client leaves before there is a reply, the caller cancels this coroutine, and calls nothing more.
        """
        repeat = self.repeat(received, peer)
        if repeat is not None:
            return repeat
        met = self._looks.at(received, peer)
        if met is None:
            return self._no_exchange(received, peer)
        ahead = met.ahead
        if ahead is not None and not received.body and not received.raw_target:
            at = self._clock()
            if met.pipeline.agains.stands(ahead, at):
                reply, outbound = self._begun_alike(met, ahead, peer, at)
                coming = met.pipeline.sent(outbound, outbound, reply.legs)
                return await self.had_on(met, ahead, reply, coming)
            met.ahead = None  # until the exchange was made anew
        return await self._had(met, received, peer)

    async def _had(self, met: Met, received: Request, peer: Peer) -> Reply:
        """Make an exchange, step by step."""
        # 1. who asks, and whom: found once, before any message is built
        device = self._devices.of(met.asked, met.address)
        id_, body, raw = next(self._ids), received.body, received.raw_target
        received = replace(met.asked, body=body, id=id_, device=device, raw_target=raw)
        reply = Reply(Exchange(received.id, received, at=self._clock()), met.pipeline.observers, self._end)
        self.in_flight.add(reply)
        try:
            self.observers.began(reply.began)
            if met.claims:
                self._warn_of_proxy(peer.address)
            if met.is_token_form:
                received = await self._known_by_its_client(received)
                body, device = received.body, received.device
                reply.began = replace(reply.began, received=received)
            # 2. the checks judge the message as it was received
            refusal: Response | None = None
            outbound = replace(met.outbound, body=body, id=id_, device=device, raw_target=raw, early=peer.early)
            if self._audit is not None:
                before = await self._audit.before(received)
                reply.findings, refusal, outbound = before.findings, before.refusal, before.noted_on(outbound)
            if refusal is None:
                self._look_ahead(met, reply, outbound)
            # 3. the rules converse, and what they yield is sent
            try:
                reply.response = refusal if refusal is not None else await met.pipeline.answer(outbound, reply.legs)
            except Exception as error:  # noqa: BLE001  # whatever a rule raises, the app gets an answer
                self._tell_defect(reply, error)
            await self._judged(met, reply, sent=refusal is None)
        except BaseException:
            await reply.ended()
            raise
        return reply  # 6. it is written, and then the observers hear of the end

    def _sent_again(self, met: Met, ahead: Ahead, peer: Peer, app: App) -> Coroutine[Any, Any, Reply] | None:
        """Send a message whose first half is repeated, and let `app` wait for the reply. Return the same as `at_once`."""
        at = self._clock()
        if not met.pipeline.agains.stands(ahead, at):
            met.ahead = None  # until the exchange was made anew
            return None
        sent = SentAgain(met, ahead, next(self._ids), at, peer.early, app, self, self._clock)
        self.in_flight.add(sent)
        self.observers.repeating(sent)
        return sent.begin(app)

    def taken_up(self, sent: SentAgain) -> Reply:
        """Continue, step by step, an exchange that was sent again. Return its reply, which has no answer yet."""
        reply = Reply(sent.began, sent.met.pipeline.observers, self._end)
        reply.started, reply.findings = sent.started, sent.ahead.findings
        self.in_flight.remove(sent)
        self.in_flight.add(reply)
        return reply

    def _begun_alike(self, met: Met, ahead: Ahead, peer: Peer, at: float) -> tuple[Reply, Request]:
        """Begin an exchange whose first half is repeated. Return its reply, which has no answer yet, and the request to send."""
        id_ = next(self._ids)
        began = Exchange(id_, replace(ahead.received, id=id_), at=at)
        reply = Reply(began, met.pipeline.observers, self._end)
        reply.findings = ahead.findings
        self.in_flight.add(reply)
        self.observers.began(reply.began)
        return reply, replace(ahead.sent, id=id_, early=peer.early)

    async def had_on(self, met: Met, ahead: Ahead, reply: Reply, coming: Coroutine[Any, Any, Response]) -> Reply:
        """Complete an exchange whose first half was repeated. If its answer is known, too, the rest is repeated."""
        try:
            try:
                answer = reply.response = await coming
            except Exception as error:  # noqa: BLE001  # as in `_had`
                self._tell_defect(reply, error)
            else:
                known = ahead.with_answer(answer, self._clock())
                if known is not None:
                    reply.response, reply.findings = known.reply, known.findings
                    return reply
            await self._judged(met, reply, sent=True)
        except BaseException:
            await reply.ended()
            raise
        return reply

    async def _judged(self, met: Met, reply: Reply, *, sent: bool) -> None:
        """Let the checks judge an exchange with its reply. `sent` is False for our own refusal, which is not judged."""
        received, before = reply.began.received, len(reply.findings)
        _carry_damage(reply)
        judged = reply.response
        # 4. the checks judge the whole exchange
        if self._audit is not None:
            reply.response, reply.findings = await self._audit.after(
                received, reply.response, sent=sent, before=reply.findings
            )
        # 5. a page of another origin may read what stands in for the API
        reply.response = met.pipeline.readable(received, reply.response)
        self._learn(met, reply, judged, before)

    def at_once(self, received: Request, peer: Peer, app: App) -> Repeat | Coroutine[Any, Any, Reply] | None:
        """Answer a message without a task, if an earlier exchange with the same head may be repeated.

        There are four cases:

        * The whole exchange is repeated: this returns its reply.
        * Only its first half is repeated, and its request was sent: this calls `app.sent_on`, and returns None. `app` gets the reply later.
        * Only its first half is repeated, and its request cannot be sent with a callback: this returns a coroutine that returns the reply.
        * Nothing is repeated: this returns None, without a call of `app`. Then call `answer`.
        """
        if received.headers.is_new:
            return self._repeat(None, None, received, peer)
        head: Key = received.method, received.target, received.headers, peer.address
        again = self._had_lately.get(head) if self._had_lately else None  # without entries, its head need not be hashed
        if again is None:
            met = self._looks.lately(head)
            ahead = met.ahead if met is not None else None
            if met is not None and ahead is not None and ahead.ask is not None:
                if received.body or received.raw_target:
                    return None
                return self._sent_again(met, ahead, peer, app)
        return self._repeat(head, again, received, peer)

    def repeat(self, received: Request, peer: Peer) -> Repeat | None:
        """Return the reply to a message, if an earlier exchange with the same head may be repeated. None otherwise."""
        if received.headers.is_new:
            return self._repeat(None, None, received, peer)
        head: Key = received.method, received.target, received.headers, peer.address
        return self._repeat(head, self._had_lately.get(head), received, peer)

    def _repeat(self, head: Key | None, again: Again | None, received: Request, peer: Peer) -> Repeat | None:
        """Return the same as `repeat`. `again`: the earlier exchange, if it is a recent one. `head`: None if the message's fields are new."""
        traced: Traced | None = None
        if again is None and head is not None:
            again = self._had_before.get(head)
        if again is None:
            untraced = self._untraced(received.headers)
            if untraced is not None:
                head = received.method, received.target, untraced, peer.address
                again = self._had_lately.get(head) or self._had_before.get(head)
                traced = Traced(received.headers, partial(self._looks.fields, received, Peer(peer.address)))
        if again is None or head is None or received.body or received.raw_target:
            return None
        at = self._clock()
        if not self._pipeline.agains.stands(again, at):
            self._had_before.pop(head)  # until the exchange was made anew
            return None
        repeat = Repeat(again, next(self._ids), at, self.repeated, traced)
        self.in_flight.add(repeat)
        self.observers.repeating(repeat)
        return repeat

    def _no_exchange(self, received: Request, peer: Peer) -> Refused:
        """Answer a health probe, or a message whose target is not ours. It is not sent on."""
        asked = self._routing.in_origin_form(received)
        if asked is not None:
            return Refused(self._health.answer_to(asked), last=False)
        about = {"code": "foreign_target", "status": FOREIGN.status, "reason": FOREIGN_REASON}
        self.warn("refused", peer=peer.address, method=received.method, **about)
        return Refused(FOREIGN)

    def warn(self, event: str, **about: object) -> None:
        """Tell the observers what went wrong; `about` quotes nothing of a request."""
        self.observers.warn(event, **about)

    async def finish(self, grace: float) -> None:
        """Wait until nothing is in flight, at most `grace` seconds."""
        self._finishing()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self.in_flight:
                    self._emptied = asyncio.Event()
                    await self._emptied.wait()

    def _end(self, reply: Reply) -> None:
        elapsed = (perf_counter() - reply.started) * 1000
        findings = reply.findings + reply.response.notes
        exchange = replace(
            reply.began, legs=tuple(reply.legs), reply=reply.response, elapsed_ms=elapsed, findings=findings
        )
        reply.observers.ended(exchange)
        if exchange.received.memo is not None:
            exchange.received.memo.end()
        for leg in reply.legs:
            if leg.request.memo is not None:
                leg.request.memo.end()
        self._is_through(reply)

    def repeated(self, repeat: Repeat) -> None:
        """Tell the observers that a repeated exchange has ended."""
        repeat.again.observers.repeated(repeat)
        self.in_flight.discard(repeat)
        if self._emptied is not None:
            self._is_through(repeat)

    def _is_through(self, reply: Reply | Repeat) -> None:
        self.in_flight.discard(reply)
        if self._emptied is not None and not self.in_flight:
            self._emptied.set()

    async def _known_by_its_client(self, received: Request) -> Request:
        """Return a token request with its form and its device. Perhaps only the client id in the form names the device."""
        form = await gather(received.body, LONGEST_FORM)
        device = self._devices.of(replace(received, body=form), received.device.address)
        return replace(received, body=form, device=device)

    def _tell_defect(self, reply: Reply, error: Exception) -> None:
        self.warn("defect", id=reply.began.id, error=type(error).__name__, where=place_of(error))
        reply.response = gateway_error(500, "gateway_defect", "The gateway failed; its log says where.")

    def _look_ahead(self, met: Met, reply: Reply, outbound: Request) -> None:
        """Remember the first half of an exchange that is about to be sent. A failure here costs no exchange."""
        if not met.is_kept or met.claims or met.is_token_form or not self._state.alone:
            return
        try:
            met.ahead = met.pipeline.agains.ahead_of(reply.began, outbound, reply.findings)
        except Exception as error:  # noqa: BLE001  # a failure here costs no exchange
            self.warn("defect", id=reply.began.id, error=type(error).__name__, where=place_of(error))

    def _learn(self, met: Met, reply: Reply, judged: Response, before: int) -> None:
        """Remember to whom codes and tokens were given, and the exchange itself. A failure here costs no exchange."""
        try:
            given = self._devices.answered(reply.began.received, reply.response)
            agains, again = met.pipeline.agains, None
            if self._state.alone and not met.claims:
                again = agains.of(
                    reply.began,
                    reply.legs,
                    judged,
                    reply.response,
                    reply.findings,
                    before,
                    gives=given is not NOTHING_GIVEN,
                    shares=met.shares,
                    observers=reply.observers,
                )
                if again is None and met.ahead is not None:
                    agains.learn(met.ahead, reply.legs, reply.response, reply.findings, reply.observers)
            if again is not None:
                self._keep(met.head, again)
                if met.is_kept:
                    self._looks.forget(met.head)
            elif met.is_new:
                self._looks.keep(met)
        except Exception as error:  # noqa: BLE001  # a failure here costs no exchange
            self.warn("defect", id=reply.began.id, error=type(error).__name__, where=place_of(error))

    def _keep(self, head: Key, again: Again) -> None:
        """Keep an exchange that may be repeated, without its tracing fields."""
        method, target, headers, address = head
        untraced = self._untraced(headers)
        if untraced is not None:
            head = method, target, untraced, address
            again = again.with_fields(*self._looks.fields(Request(method, target, untraced), Peer(address)))
        self._had_before.put(head, again)

    def _warn_of_proxy(self, peer: str) -> None:
        """Warn, once for each peer, that the gateway did not believe its claims about its clients."""
        self._state.once(DROPPED, peer, lambda: self.warn(DROPPED, peer=peer, hint=DROPPED_HINT))


def _carry_damage(reply: Reply) -> None:
    """Give a reply the damage that faults did to the answers from which it was made."""
    damage: Damage | None = None
    for leg in reply.legs:
        if leg.response.damage is not None:
            damage = leg.response.damage if damage is None else damage.and_(leg.response.damage)
    if damage is not None:
        whole = damage.whole and reply.response.source != "gateway"  # the gateway's own reply is not an API's answer
        reply.response = replace(reply.response, damage=replace(damage, whole=whole), source="fault")
