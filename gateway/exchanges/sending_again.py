"""An exchange whose first half is repeated. Its request is sent at once, and a callback gets the answer.

Facts
-----
* The result is the same as the result of `Exchanges.answer`. If the answer is the same as before, the whole exchange is a repeat. If the
  answer is different, or does not come whole, a coroutine does the rest, as for an exchange that is not repeated.
* If the app leaves meanwhile, the exchange is logged with the status `CLIENT_LEFT`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, Protocol

from msgspec.structs import replace

from gateway.core.asking import OnItsWay, is_there
from gateway.core.model import Early, Exchange, Leg, Request, Response
from gateway.exchanges.again import Ahead
from gateway.exchanges.looks import Met
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.replies import Refused, Reply


class App(Protocol):
    """Waits for the reply."""

    def sent_on(self, sent: SentAgain) -> None:
        """Note that the message was sent on. Later, one of the other two methods is called once, unless `sent` is cancelled."""

    def replied(self, reply: Repeat) -> None:
        """Write a reply whose body is whole. If `kept` has the bytes of the reply, reuse them. Otherwise put them there."""

    def goes_on(self, rest: Coroutine[Any, Any, Reply | Refused]) -> None:
        """Wait for the reply that `rest` returns."""


class Driver(Protocol):
    """Ends repeated exchanges, and makes other exchanges step by step."""

    def repeated(self, repeat: Repeat) -> None:
        """End a whole exchange that was repeated."""

    def taken_up(self, sent: SentAgain) -> Reply:
        """Continue an exchange step by step. Return its reply, which has no answer yet."""

    def had_on(
        self, met: Met, ahead: Ahead, reply: Reply, coming: Coroutine[Any, Any, Response]
    ) -> Coroutine[Any, Any, Reply]:
        """Complete the exchange: await its answer from `coming`, and return the reply."""


class SentAgain(Repeat):
    """An exchange whose first half is repeated. If its answer is the same as before, it is a repeat of the whole exchange."""

    __slots__ = ("_app", "_asked", "_clock", "_driver", "_early", "_outbound", "ahead", "leg_ms", "met")

    def __init__(
        self,
        met: Met,
        ahead: Ahead,
        id_: str,
        at: float,
        early: Early | None,
        app: App,
        driver: Driver,
        clock: Callable[[], float],
    ) -> None:
        """`early` receives interim answers. `id_` and `at`: see `Repeat`. `again` is set when the answer comes."""
        self.id = id_
        self.at = at
        self.traced = None
        self.started = perf_counter()
        self.leg_ms = 0.0
        self.met = met
        self.ahead = ahead
        self._early = early
        self._outbound: Request | None = None
        self._app: App | None = app
        self._driver = driver
        self._clock = clock
        self._exchange = None
        self._asked: OnItsWay | None = None

    @property
    def began(self) -> Exchange:
        """The exchange as it was when it began. Do not ask for it after the answer."""
        return Exchange(self.id, replace(self.ahead.received, id=self.id), at=self.at)

    def end(self) -> None:
        """End the exchange: the whole reply is out."""
        self.elapsed_ms = (perf_counter() - self.started) * 1000
        self._driver.repeated(self)

    @property
    def outbound(self) -> Request:
        """The request that is sent."""
        made = self._outbound
        if made is None:
            made = self._outbound = replace(self.ahead.sent, id=self.id, early=self._early)
        return made

    def begin(self, app: App) -> Coroutine[Any, Any, Reply] | None:
        """Send the request, and tell the app. If that is not possible, return the coroutine that returns the reply."""
        ask = self.ahead.ask
        assert ask is not None  # noqa: S101  # the caller has checked this
        try:
            self._asked = ask(self)
        except Exception as error:  # noqa: BLE001  # the coroutine raises it again; no request is sent twice
            return self._rest(self._driver.taken_up(self), _failed(error))
        if self._asked is not None:
            app.sent_on(self)
            return None
        reply = self._driver.taken_up(self)
        return self._rest(reply, self.met.pipeline.sent(self.outbound, self.outbound, reply.legs))

    def cancel(self) -> None:
        """End the exchange: the app has left."""
        if self._app is None:
            return
        self._app = None
        if self._asked is not None:
            self._asked.abandon()
        self._driver.taken_up(self).end()

    def answered(self, answer: Response) -> None:
        """Reply at once, if the answer and its findings are the same as before. Otherwise let the checks judge the answer."""
        app, self._app = self._app, None
        if app is None:
            return
        self.leg_ms = (perf_counter() - self.started) * 1000
        again = self.ahead.with_answer(answer, self._clock())
        if again is not None:
            self.again, self.kept = again, again.kept
            # a journal may keep this exchange for long
            del (self.ahead, self.met, self._asked, self._early, self._outbound)
            app.replied(self)
            return
        reply = self._driver.taken_up(self)
        reply.legs.append(Leg(self.outbound, answer, self.leg_ms))
        app.goes_on(self._rest(reply, is_there(answer)))

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Let the app wait for the answer that `rest` returns."""
        app, self._app = self._app, None
        if app is None:
            rest.close()
            return
        reply = self._driver.taken_up(self)
        app.goes_on(self._rest(reply, self._noted(reply, rest)))

    def _rest(self, reply: Reply, coming: Coroutine[Any, Any, Response]) -> Coroutine[Any, Any, Reply]:
        return self._driver.had_on(self.met, self.ahead, reply, coming)

    async def _noted(self, reply: Reply, rest: Coroutine[Any, Any, Response]) -> Response:
        answer = await rest
        reply.legs.append(Leg(self.outbound, answer, (perf_counter() - self.started) * 1000))
        return answer


async def _failed(error: Exception) -> Response:
    raise error
