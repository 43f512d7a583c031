"""Reads a message, drives its flow, writes the reply: the path of an exchange, top to bottom in `Server._exchange`."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import ParamSpec, Protocol, TypeVar

from aiohttp import web

from gateway.core.errors import gateway_error
from gateway.core.flow import chain
from gateway.core.headers import ForwardedFor, bare_host, end_to_end
from gateway.core.model import Exchange, Finding, Leg, Request, Response, Rule, Send
from gateway.inbound import Listener, Refusal, Written, place_of, read_request, write_reply
from gateway.live import LiveAudit
from gateway.transports.bodies import close, gather

P = ParamSpec("P")
T = TypeVar("T")

GRACE_SECONDS = 10.0
"""How long exchanges in flight may take to finish when the gateway is told to stop."""

LAST_SECONDS = 0.1
"""How long what was still not finished then may take to be cancelled."""


CLIENT_LEFT = gateway_error(499, "client_left", "The client closed the connection before it was answered.")
"""What the log says of an exchange whose client did not wait; nobody receives it. 499 is nginx's name for that."""


class Observer(Protocol):
    """What hears of each exchange when its last byte is out, and of what the server noticed itself."""

    def exchange(self, exchange: Exchange) -> None:
        """Hear of an exchange; what this raises is counted and changes nothing."""

    def warn(self, event: str, **about: object) -> None:
        """Hear of something that went wrong; `about` quotes nothing of a request."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Which upstream a request goes to. A client's Host chooses only where `by_host` was filled from the configuration."""

    upstream: str
    by_host: dict[str, str] = field(default_factory=dict)
    own_hosts: frozenset[str] = frozenset()
    """Host names, lower case, that an absolute-form target may name."""

    def choose(self, host: str) -> str:
        """Return the name of the upstream for the Host `host`, whose port and case do not matter."""
        return self.by_host.get(bare_host(host), self.upstream) if self.by_host else self.upstream


class Server:
    """An HTTP/1.1 server whose every request becomes an exchange."""

    def __init__(
        self,
        send: Send,
        *,
        routing: Routing,
        forwarded: ForwardedFor,
        observer: Observer,
        rules: Sequence[Rule] = (),
        audit: LiveAudit | None = None,
        max_body: int = 1 << 20,
        max_head: int = 1 << 16,
    ) -> None:
        self._send = send
        self._routing = routing
        self._forwarded = forwarded
        self._observer = observer
        self._rules = tuple(rules)
        self._audit = audit
        self._request_readers = tuple(rule for rule in rules if rule.needs_request_body)
        self._answer_readers = tuple(rule for rule in rules if rule.needs_answer_body)
        self._max_body = max_body
        self._max_head = max_head
        self._ids = (f"{prefix}{number:x}" for prefix in [token_hex(3) + "-"] for number in count(1))
        self._warned_peers: set[str] = set()
        self.failures = 0
        """How often an observer or the audit raised."""
        self._in_flight: set[asyncio.Task[object]] = set()
        self._stopping = False
        self._listener: Listener | None = None
        self._sockets: asyncio.Server | None = None

    async def start(
        self, host: str, port: int, tls: ssl.SSLContext | None = None, bound: socket.socket | None = None
    ) -> int:
        """Listen, and return the port, which port 0 leaves to the system; an address that is taken is an OSError.

        A socket that is `bound` already is listened on in place of an address, and closed in the end.
        """
        self._listener = Listener(self._serve, max_head=self._max_head, warn=self._observer.warn)
        loop = asyncio.get_running_loop()
        if bound is not None:
            self._sockets = await loop.create_server(self._listener, sock=bound, ssl=tls, backlog=1024)
        else:
            self._sockets = await loop.create_server(self._listener, host, port, ssl=tls, backlog=1024)
        return int(self._sockets.sockets[0].getsockname()[1])

    async def settle(self) -> None:
        """Let the exchanges whose replies are out be observed; those that wait for something else are not waited for."""
        for _ in range(10):
            if not self._in_flight:
                return
            await asyncio.sleep(0)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Accept nothing more, and let what is in flight finish within `grace` seconds.

        aiohttp's own shutdown stops reading at once, so an upload could never finish; it gets what is left after the grace.
        """
        if self._sockets is None or self._listener is None:
            return
        self._sockets.close()
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._in_flight:
                    await asyncio.wait(self._in_flight)
        self._listener.pre_shutdown()
        await self._listener.shutdown(LAST_SECONDS)

    async def _serve(self, raw: web.BaseRequest) -> Written:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # aiohttp runs each request in one
        self._in_flight.add(task)
        try:
            return await self._exchange(raw)
        finally:
            self._in_flight.discard(task)

    async def _exchange(self, raw: web.BaseRequest) -> Written:
        started = perf_counter()
        received = read_request(raw, self._routing.own_hosts, self._max_head)
        if isinstance(received, Refusal):
            self._observer.warn("refused", code=received.code, status=received.status)
            return await write_reply(raw, gateway_error(received.status, received.code, received.message), close=True)
        received = replace(received, id=next(self._ids), upstream=self._routing.choose(received.headers.get("Host")))
        outbound, claim = self._forwarded.apply(
            replace(received, headers=end_to_end(received.headers).without("Expect")), raw.remote or ""
        )
        if claim is not None:
            self._warn_of_proxy(raw.remote or "")
        received = replace(received, client=outbound.client)
        legs: list[Leg] = []
        findings: tuple[Finding, ...] = ()
        refusal: Response | None = None
        reply = CLIENT_LEFT
        if self._audit is not None:
            findings, refusal = self._guarded(self._audit.before, received) or ((), None)
            outbound = replace(outbound, findings=findings) if findings else outbound
        try:
            try:
                if refusal is not None:
                    reply = refusal
                elif any(rule.concerns(outbound) for rule in self._request_readers):
                    reply = await self._converse_to_the_end(outbound, legs)
                else:
                    reply = await self._converse(outbound, legs)
            except Exception as error:  # noqa: BLE001  # whatever a rule raises, the app gets an answer
                self._observer.warn("defect", id=received.id, error=type(error).__name__, where=place_of(error))
                reply = gateway_error(500, "gateway_defect", "The gateway failed; its log says where.")
            if self._audit is not None:
                reply = await self._audit.readable(received, reply)
                findings = self._guarded(self._audit.after, received, reply, sent=refusal is None) or ()
                reply = self._audit.marked(reply, findings)
            return await write_reply(raw, reply, close=self._stopping)
        finally:
            for leg in legs:
                await close(leg.response.body)  # whatever was not read; a body that was written out has nothing left
            elapsed = (perf_counter() - started) * 1000
            exchange = Exchange(received.id, received, tuple(legs), reply, elapsed, findings=(*findings, *reply.notes))
            self._guarded(self._observer.exchange, exchange)

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
            self._observer.warn(
                "watching failed", error=type(error).__name__, where=place_of(error), failures=self.failures
            )
            return None

    def _warn_of_proxy(self, peer: str) -> None:
        """Say once for each peer that its word about its clients was not taken."""
        if peer in self._warned_peers or len(self._warned_peers) >= 1000:  # noqa: PLR2004  # bounded
            return
        self._warned_peers.add(peer)
        self._observer.warn(
            "X-Forwarded-For dropped",
            peer=peer,
            hint="a public address gave way to a private one; is this peer a proxy? "
            "then name it in forwarded_for.trusted_proxies",
        )
