"""What becomes of a message that came in: the path of an exchange, top to bottom in `Exchanges._exchange`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from secrets import token_bytes, token_hex
from time import perf_counter
from typing import ParamSpec, Protocol, TypeVar

from aiohttp.web_request import BaseRequest
from msgspec.structs import replace

from gateway.auditing.live import LiveAudit
from gateway.core.adobe.signs import LONGEST as LONGEST_FORM
from gateway.core.adobe.signs import is_token_form
from gateway.core.devices import Devices
from gateway.core.errors import gateway_error
from gateway.core.flow import chain
from gateway.core.headers import ForwardedFor, end_to_end
from gateway.core.model import Exchange, Finding, Leg, Request, Response, Rule, Send
from gateway.core.routing import Routing
from gateway.core.state import MemoryState, SharedState
from gateway.transports.bodies import close, gather
from gateway.wire.inbound import Refusal, Written, place_of, read_request, write_reply

P = ParamSpec("P")
T = TypeVar("T")


CLIENT_LEFT = gateway_error(499, "client_left", "The client closed the connection before it was answered.")
"""What the log says of an exchange whose client did not wait; nobody receives it. 499 is nginx's name for that."""
DROPPED = "X-Forwarded-For dropped"


class Observer(Protocol):
    """What hears of each exchange when its last byte is out, and of what the server noticed itself."""

    def exchange(self, exchange: Exchange) -> None:
        """Hear of an exchange; what this raises is counted and changes nothing."""

    def warn(self, event: str, **about: object) -> None:
        """Hear of something that went wrong; `about` quotes nothing of a request."""


class Exchanges:
    """What is done with messages under one configuration: every one becomes an exchange."""

    def __init__(
        self,
        send: Send,
        *,
        routing: Routing,
        forwarded: ForwardedFor,
        observer: Observer,
        state: SharedState | None = None,
        devices: Devices | None = None,
        rules: Sequence[Rule] = (),
        audit: LiveAudit | None = None,
        max_body: int = 1 << 20,
        max_head: int = 1 << 16,
    ) -> None:
        self._send = send
        self._routing = routing
        self._forwarded = forwarded
        self.observer = observer
        self._state = state or MemoryState()
        self._devices = devices or Devices(token_bytes(32), self._state)
        self._rules = tuple(rules)
        self._audit = audit
        self._request_readers = tuple(rule for rule in rules if rule.needs_request_body)
        self._answer_readers = tuple(rule for rule in rules if rule.needs_answer_body)
        self._max_body = max_body
        self.max_head = max_head
        """Bytes of a request's first line and header fields."""
        self._ids = (f"{prefix}{number:x}" for prefix in [token_hex(3) + "-"] for number in count(1))
        self.failures = 0
        """How often an observer or the audit raised."""
        self.in_flight: set[asyncio.Task[object]] = set()
        self.closing = False
        """Whether each connection is to end with the reply that is on its way."""

    async def serve(self, raw: BaseRequest) -> Written:
        """Answer a message."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # aiohttp runs each request in one
        self.in_flight.add(task)
        try:
            return await self._exchange(raw)
        finally:
            self.in_flight.discard(task)

    async def finish(self, grace: float) -> None:
        """Wait until nothing is in flight, at most `grace` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self.in_flight:
                    await asyncio.wait(self.in_flight)

    async def _exchange(self, raw: BaseRequest) -> Written:
        started = perf_counter()
        received = read_request(raw, self._routing.own_hosts, self.max_head)
        if isinstance(received, Refusal):
            self.observer.warn("refused", code=received.code, status=received.status)
            return await write_reply(raw, gateway_error(received.status, received.code, received.message), close=True)
        device = self._devices.of(received, self._forwarded.address(received, raw.remote or ""))
        outbound = replace(
            received,
            headers=end_to_end(received.headers).without("Expect"),
            id=next(self._ids),
            device=device,
            upstream=self._routing.choose(received.headers.get("Host")),
        )
        outbound, claim = self._forwarded.apply(outbound, raw.remote or "")
        if claim is not None:
            self._warn_of_proxy(raw.remote or "")
        received = replace(received, id=outbound.id, upstream=outbound.upstream, client=outbound.client, device=device)
        legs: list[Leg] = []
        findings: tuple[Finding, ...] = ()
        refusal: Response | None = None
        reply = CLIENT_LEFT
        if self._audit is not None:
            findings, refusal = self._guarded(self._audit.before, received) or ((), None)
            outbound = replace(outbound, findings=findings) if findings else outbound
        try:
            if is_token_form(received):
                outbound = await self._known_by_its_client(outbound, raw.remote or "")
                received = replace(received, device=outbound.device)
            try:
                if refusal is not None:
                    reply = refusal
                elif any(rule.concerns(outbound) for rule in self._request_readers):
                    reply = await self._converse_to_the_end(outbound, legs)
                else:
                    reply = await self._converse(outbound, legs)
            except Exception as error:  # noqa: BLE001  # whatever a rule raises, the app gets an answer
                self.observer.warn("defect", id=received.id, error=type(error).__name__, where=place_of(error))
                reply = gateway_error(500, "gateway_defect", "The gateway failed; its log says where.")
            if self._audit is not None:
                reply = await self._audit.readable(received, reply)
                findings = self._guarded(self._audit.after, received, reply, sent=refusal is None) or ()
                reply = self._audit.marked(reply, findings)
            self._guarded(self._devices.answered, outbound, reply)
            return await write_reply(raw, reply, close=self.closing)
        finally:
            for leg in legs:
                await close(leg.response.body)  # whatever was not read; a body that was written out has nothing left
            elapsed = (perf_counter() - started) * 1000
            exchange = Exchange(received.id, received, tuple(legs), reply, elapsed, findings=(*findings, *reply.notes))
            self._guarded(self.observer.exchange, exchange)

    async def _known_by_its_client(self, request: Request, peer: str) -> Request:
        """Return a token request with its form at hand, and its device: only the client that the form names may say who it is."""
        request = replace(request, body=await gather(request.body, LONGEST_FORM))
        return replace(request, device=self._devices.of(request, request.device.address or peer))

    async def _converse_to_the_end(self, request: Request, legs: list[Leg]) -> Response:
        """Converse though the app leaves: a rule that reads the request sends several for it, and half a logout is none."""
        conversation = asyncio.create_task(self._converse(request, legs))
        try:
            return await asyncio.shield(conversation)
        except asyncio.CancelledError:
            with suppress(Exception):  # nobody waits for what it says
                await conversation  # a second cancellation, when the server stops, ends it
            raise

    async def _converse(self, request: Request, legs: list[Leg]) -> Response:
        """Drive the rules' conversation: send what they yield, hand them the answers, return their reply."""
        if not isinstance(request.body, bytes) and any(rule.concerns(request) for rule in self._request_readers):
            request = replace(request, body=await gather(request.body, self._max_body))
        flow = chain(self._rules, request)
        try:
            outbound = next(flow)
            while True:
                sent = perf_counter()
                answer = await self._send(outbound)
                if not isinstance(answer.body, bytes) and self._reads_answer(request, outbound):
                    answer = replace(answer, body=await gather(answer.body, self._max_body))
                legs.append(Leg(outbound, answer, (perf_counter() - sent) * 1000))
                outbound = flow.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a Flow's return value is its reply

    def _reads_answer(self, request: Request, outbound: Request) -> bool:
        """Whether a rule reads the answer to `outbound`, which the app sent, or a rule in its place."""
        return any(rule.concerns(request) or rule.concerns(outbound) for rule in self._answer_readers)

    def _guarded(self, watch: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Call what only watches: whatever it raises is counted and said, and costs no exchange."""
        try:
            return watch(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # that is the point
            self.failures += 1
            self.observer.warn(
                "watching failed", error=type(error).__name__, where=place_of(error), failures=self.failures
            )
            return None

    def _warn_of_proxy(self, peer: str) -> None:
        """Say once for each peer that its word about its clients was not taken."""
        if self._state.says(DROPPED, peer):
            self.observer.warn(
                DROPPED,
                peer=peer,
                hint="a public address gave way to a private one; is this peer a proxy? "
                "then name it in forwarded_for.trusted_proxies",
            )
