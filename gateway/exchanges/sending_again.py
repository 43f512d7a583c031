"""An exchange whose first half is repeated: it is sent at once, and a callback continues when the answer is there.

Facts
-----
* The result is the same as the result of `Exchanges.answer`. If the answer differs from the earlier one, or does not come whole, a
  coroutine does the rest, as for every other exchange.
* If the app leaves meanwhile, the exchange is logged with the status `CLIENT_LEFT`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, Protocol, TypeAlias

from gateway.core.asking import Ask, OnItsWay
from gateway.core.model import Leg, Request, Response
from gateway.exchanges.again import Ahead
from gateway.exchanges.looks import Met
from gateway.exchanges.replies import Refused, Reply

Rest: TypeAlias = Callable[[Met, Ahead, Reply, Request, Coroutine[Any, Any, Response]], Coroutine[Any, Any, Reply]]
"""Completes an exchange: awaits its answer from the coroutine, and returns the reply."""


class App(Protocol):
    """Waits for the reply. One of the two methods is called, once, unless the app leaves before."""

    def replied(self, reply: Reply) -> None:
        """Write a reply whose body is whole. The bytes in its `kept` are reused, or put there."""

    def goes_on(self, rest: Coroutine[Any, Any, Reply | Refused]) -> None:
        """Wait for the reply that `rest` returns."""


class SentAgain:
    """An exchange whose first half is repeated, while its answer is awaited."""

    __slots__ = ("_ahead", "_app", "_asked", "_clock", "_had_on", "_met", "_outbound", "_reply", "rest")

    def __init__(
        self,
        met: Met,
        ahead: Ahead,
        reply: Reply,
        outbound: Request,
        app: App,
        had_on: Rest,
        clock: Callable[[], float],
    ) -> None:
        self._met = met
        self._ahead = ahead
        self._reply = reply
        self._outbound = outbound
        self._app: App | None = app
        self._had_on = had_on
        self._clock = clock
        self._asked: OnItsWay | None = None
        self.rest: Coroutine[Any, Any, Reply] | None = None
        """The coroutine that returns the reply, if the request could not be sent with a callback."""

    def begin(self, ask: Ask) -> None:
        """Send the request with `ask`; if that is not possible, set `rest` to send it step by step."""
        try:
            self._asked = ask(self._outbound, self)
            if self._asked is not None:
                return
            coming = self._met.pipeline.sent(self._outbound, self._outbound, self._reply.legs)
        except Exception as error:  # noqa: BLE001  # it is raised again where `rest` is awaited; nothing is sent twice
            coming = _failed(error)
        self._app = None
        self.rest = self._rest(coming)

    def cancel(self) -> None:
        """End the exchange: the app has left."""
        if self._app is None:
            return
        self._app = None
        if self._asked is not None:
            self._asked.abandon()
        self._reply.end()

    def answered(self, answer: Response) -> None:
        """Reply, if the answer and what the checks say of it are the same as before; else have the answer judged."""
        app, reply, known = self._app, self._reply, self._ahead.answered
        if app is None:
            return
        self._app = None
        reply.legs.append(Leg(self._outbound, answer, (perf_counter() - reply.started) * 1000))
        if known is not None and answer is not known.answer:
            known = known.of(answer)
            self._ahead.answered = known or self._ahead.answered
        if known is not None and known.stands(self._clock()):
            reply.response, reply.findings, reply.kept = known.reply, known.findings, known.kept
            app.replied(reply)
        else:
            app.goes_on(self._rest(_is_there(answer)))

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Have the app wait for the answer that `rest` returns."""
        app, self._app = self._app, None
        if app is None:
            rest.close()
            return
        app.goes_on(self._rest(self._noted(rest)))

    def _rest(self, coming: Coroutine[Any, Any, Response]) -> Coroutine[Any, Any, Reply]:
        return self._had_on(self._met, self._ahead, self._reply, self._outbound, coming)

    async def _noted(self, rest: Coroutine[Any, Any, Response]) -> Response:
        answer = await rest
        self._reply.legs.append(Leg(self._outbound, answer, (perf_counter() - self._reply.started) * 1000))
        return answer


async def _failed(error: Exception) -> Response:
    raise error


async def _is_there(answer: Response) -> Response:
    return answer
