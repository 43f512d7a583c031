"""The pipeline of a device's calls: the rules, and the `send` behind them. Only a device with its own settings has its own pipeline.

Facts
-----
* A named device with its own mode, cassette, rules or faults has its own pipeline. `Exchanges` does everything else for all devices: it
  finds the device, runs the checks, and tells the observers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import perf_counter

from msgspec.structs import replace

from gateway.auditing.live import LiveAudit
from gateway.core.flow import chain
from gateway.core.memo import Memo
from gateway.core.model import Leg, Request, Response, Rule, Send
from gateway.core.state import SharedState
from gateway.exchanges.again import Agains
from gateway.exchanges.observers import Observers
from gateway.transports.bodies import gather
from gateway.transports.cross_origin import CrossOrigin


class Pipeline:
    """Rules around a `send`, and the observers that hear of its exchanges."""

    def __init__(
        self,
        send: Send,
        *,
        observers: Observers,
        state: SharedState,
        rules: Sequence[Rule] = (),
        audit: LiveAudit | None = None,
        cross_origin: CrossOrigin | None = None,
        max_body: int = 1 << 20,
    ) -> None:
        """`max_body`: the most bytes of a body that a rule reads."""
        self.observers = observers
        self.readable: Callable[[Request, Response], Response]
        """Returns a reply as a page of another origin may read it."""
        self.readable = cross_origin.readable if cross_origin is not None else _as_it_is
        self.agains = Agains(send, audit, state, tuple(rules))
        """Says which exchanges may be repeated."""
        self._send = send
        self._rules = tuple(rules)
        self._request_readers = tuple(rule for rule in rules if rule.needs_request_body)
        self._answer_readers = tuple(rule for rule in rules if rule.needs_answer_body)
        self._max_body = max_body

    def answer(self, request: Request, legs: list[Leg]) -> Awaitable[Response]:
        """Return the rules' reply to a request. Each request that is sent is added to `legs`."""
        return self._converse(request, legs) if self._rules else self.sent(request, request, legs)

    async def _converse(self, request: Request, legs: list[Leg]) -> Response:
        """Return the rules' reply.

        If a rule reads the request's body, the conversation goes on to its end even if the app leaves: such a rule sends several requests,
        and half a logout is no logout.
        """
        if not any(rule.concerns(request) for rule in self._request_readers):
            return await self._conversation(request, legs)
        conversation = asyncio.create_task(self._conversation(request, legs))
        try:
            return await asyncio.shield(conversation)
        except asyncio.CancelledError:
            with suppress(Exception):  # nobody waits for its reply
                await conversation  # a second cancellation, when the server stops, ends it
            raise

    async def _conversation(self, request: Request, legs: list[Leg]) -> Response:
        """Drive the rules' conversation: send what they yield, hand them the answers, return their reply."""
        if not isinstance(request.body, bytes) and any(rule.concerns(request) for rule in self._request_readers):
            request = replace(request, body=await gather(request.body, self._max_body))
        flow = chain(self._rules, request)
        try:
            outbound = next(flow)
            while True:
                outbound = flow.send(await self.sent(request, outbound, legs))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a Flow's return value is its reply

    async def sent(self, request: Request, outbound: Request, legs: list[Leg]) -> Response:
        """Send what the rules made of the app's request, and return the answer. Its body is whole if a rule reads it."""
        sent = perf_counter()
        if outbound is not request and outbound.body == b"":  # a request that a rule has made may come again, too
            outbound = replace(outbound, memo=Memo(outbound.method, outbound.target, outbound.headers))
        answer = await self._send(outbound)
        if not isinstance(answer.body, bytes) and self._reads_answer(request, outbound):
            answer = replace(answer, body=await gather(answer.body, self._max_body))
        legs.append(Leg(outbound, answer, (perf_counter() - sent) * 1000))
        return answer

    def _reads_answer(self, request: Request, outbound: Request) -> bool:
        """Whether a rule reads the answer to `outbound`, which is the app's `request` or a rule's."""
        return any(rule.concerns(request) or rule.concerns(outbound) for rule in self._answer_readers)


def _as_it_is(_: Request, reply: Response) -> Response:
    return reply
