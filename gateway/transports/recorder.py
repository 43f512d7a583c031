"""Records the legs of recorded routes, before the last byte of their answer is passed on.

Facts
-----
* If an answer comes at once, it is recorded first, and then handed on whole, which is best for rules and checks. A slower answer is handed
  on as it comes, and collected meanwhile (`tee.py`); only its last byte waits for the recording. Server-sent events never wait for more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from time import perf_counter, time
from typing import Any, Literal, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.adobe.routes import RoutePattern, is_of_clients
from gateway.core.asking import Ask, Asker, OnItsWay, ask_of
from gateway.core.codings import CodingError
from gateway.core.equivalence import equivalent_path
from gateway.core.memo import memo_of
from gateway.core.model import Request, Response, Send
from gateway.core.times import Stamps
from gateway.system.tasks import Tasks
from gateway.transports.awaiting import Futures, Waiting
from gateway.transports.bodies import Resumed, close, gather
from gateway.transports.recording_again import RecordedAgain, SameLeg
from gateway.transports.recording_together import LONGEST_WRITE, LegGroups, Tape
from gateway.transports.redactor import NotRedactedError, Redactor, RepeatedBlock
from gateway.transports.tee import Tee

T = TypeVar("T")

AT_ONCE = 0.2
"""An answer that is whole within so many seconds after its head is recorded first."""
ENDED = "the gateway ended before it was written"
REASONS = 20
"""How many different reasons for lost recordings are counted separately. Messages of a disk may contain numbers."""


def is_recorded(request: Request, routes: Sequence[RoutePattern]) -> bool:
    """Whether a request is recorded: its route is one of these, or a rule sent it in place of an app.

    Where clients register and fetch tokens nothing is ever recorded, whatever the routes say.
    """
    memo = memo_of(request) if not request.rewritten_from else None
    met: tuple[Sequence[RoutePattern], bool] | None = memo.get(is_recorded) if memo is not None else None
    if met is not None and met[0] is routes:
        return met[1]
    found = _is_recorded(request, routes)
    if memo is not None:
        memo[is_recorded] = routes, found
    return found


def _is_recorded(request: Request, routes: Sequence[RoutePattern]) -> bool:
    path = request.path
    if is_of_clients(path):
        return False
    if request.rewritten_from:
        return True
    path = equivalent_path(path)
    for route in routes:  # noqa: SIM110  # a generator takes as long as a comparison
        if route.matches_spelled(request.method, path):
            return True
    return False


class Counts(Struct):
    """The counts of legs that were to be recorded."""

    recorded: int = 0
    leaks: int = 0
    """Recordings with a remaining secret. They were refused, or written with a warning."""
    cut_off: int = 0
    """Legs whose body was cut off by the app or the upstream. A replay could not answer with it."""
    lost: dict[str, int] = field(default_factory=dict)
    """Answered legs that were not recorded, by reason. A replay will have no answer for them."""
    findings_lost: int = 0
    """Calls whose findings could not be written down. A replay does not need findings."""
    history_lost: int = 0
    """Exchanges that are missing in the history."""

    def lose(self, why: str) -> None:
        """Count a lost recording."""
        if why not in self.lost and len(self.lost) >= REASONS:
            why = "other reasons"
        self.lost[why] = self.lost.get(why, 0) + 1


class Recorder(Struct, frozen=True):
    """Wraps a `send`. The app gets its answer even if the recording fails."""

    send_on: Send
    tape: Tape
    redactor: Redactor
    routes: Sequence[RoutePattern]
    origins: Callable[[str], str]
    """Returns the origin for an upstream's name, as a cassette has it."""
    about: Callable[[Request, Response], dict[str, object]]
    """Returns the further facts about an interaction, for `x_gateway`."""
    warn: Callable[..., None]
    """Logs why a leg was not recorded."""
    max_body: int
    """Bytes of the largest body that is held in memory. A larger body streams, and is not recorded."""
    on_leak: Literal["refuse", "warn"] = "refuse"
    counts: Counts = field(default_factory=Counts)
    stamp: Stamps = field(default_factory=Stamps)
    groups: LegGroups = field(default_factory=LegGroups)
    """The legs that are being written."""
    tasks: Tasks = field(default_factory=Tasks)
    """Recordings that go on if the app leaves. When the recorder ends, it waits for them."""
    _futures: Futures = field(default_factory=Futures)

    async def send(self, request: Request) -> Response:
        """Send a request. Record the leg if its route is recorded, or if a rule sent it, even if the app leaves meanwhile."""
        if not is_recorded(request, self.routes):
            return await self.send_on(request)
        ask = ask_of(self.send_on, request)
        if ask is not None:
            app = Waiting(request, self._futures())
            leg = RecordedAgain(self, self._alike(request), app)
            if ask(leg) is not None:
                return await self._asked(request, leg, app)
        return await self._shielded(request, self.tasks.start(self._recorded(request)))

    async def _asked(self, request: Request, leg: RecordedAgain, app: Waiting) -> Response:
        """Await the answer to a request that was sent with a callback. The leg is recorded when its answer comes."""
        try:
            await app.over
        except asyncio.CancelledError:
            if app.rest is not None:
                self.tasks.start(self._discard(request, app.rest))
            elif app.answer is None:
                leg.abandon()
            raise
        if app.answer is not None:
            return app.answer
        assert app.rest is not None  # noqa: S101  # `answer` or `rest` has come
        return await app.rest

    async def _shielded(self, request: Request, task: asyncio.Task[Response]) -> Response:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self.tasks.start(self._discard(request, task))
            raise

    def asking(self, request: Request) -> Ask | None:
        """Return the `asking` of the sender behind. The leg is recorded when its answer comes."""
        behind = ask_of(self.send_on, request)
        if behind is None or not is_recorded(request, self.routes):
            return behind
        ask, alike = behind, self._alike(request)

        def ask_and_record(asker: Asker) -> OnItsWay | None:
            recorded = RecordedAgain(self, alike, asker)
            return recorded if ask(recorded) is not None else None

        return ask_and_record

    def recorded(
        self, request: Request, coming: Coroutine[Any, Any, Response], started: float, *, abandoned: bool
    ) -> Coroutine[Any, Any, Response] | None:
        """Record a leg whose answer must be awaited. Return the coroutine for the app; None if the app has left (`abandoned`)."""
        task = self.tasks.start(self._recorded(request, coming, started))
        if not abandoned:
            return self._shielded(request, task)
        self.tasks.start(self._discard(request, task))
        return None

    def form_of(self, request: Request, response: Response, alike: SameLeg) -> RepeatedBlock | None:
        """Return the block of a repeated leg; None if the block must be made. `alike`: the facts about such legs."""
        if response.source == "gateway":
            return None
        if response is not alike.response:
            alike.notes = self._notes(request, response)
            alike.response, alike.form = response, None
        if alike.form is None or not alike.form.is_valid:
            origin = self.origins(request.upstream)
            alike.form = self.redactor.form(request, response, origin=origin, notes=alike.notes)
        return alike.form

    def _alike(self, request: Request) -> SameLeg:
        """Return the facts about all legs of this device with this head and these findings."""
        memo = memo_of(request)
        known: SameLeg | None = memo.get(self.redactor) if memo is not None else None
        if known is None or not known.is_of(request):
            known = SameLeg(request.findings, request.audited, request.device.name)
            if memo is not None:
                memo[self.redactor] = known
        return known

    def _notes(self, request: Request, response: Response) -> dict[str, object]:
        """Return the facts about a leg that are the same at each recording."""
        notes = {**self.about(request, response), "source": response.source}
        del notes["id"]
        return notes

    async def drain(self, seconds: float) -> None:
        """Wait for the recordings whose app has left. Give up a recording that takes longer than `seconds`."""
        await self.tasks.drain(seconds)

    async def _recorded(
        self, request: Request, coming: Coroutine[Any, Any, Response] | None = None, started: float | None = None
    ) -> Response:
        """Send a request, or await its answer if it was sent already, and record the leg."""
        if started is None:
            started = perf_counter()
        sent = request
        if coming is None and not isinstance(request.body, bytes):
            sent = replace(request, body=await gather(request.body, self.max_body))
        response = await (self.send_on(sent) if coming is None else coming)
        if response.source == "gateway":
            return response
        if isinstance(sent.body, Resumed):
            self._left_out(request, "request", cut_off=sent.body.truncated)
            return response
        if isinstance(response.body, bytes):
            await self._written(sent, response, started)
            return response
        tee = Tee(response.body, self.max_body, response.headers)
        recording = self.tasks.start(self._collected(sent, response, tee, started))
        with suppress(TimeoutError):
            async with asyncio.timeout(0 if tee.endless else AT_ONCE):
                await tee.ended.wait()
        if tee.end != "whole" or tee.announced:  # only a stream has trailers
            return replace(response, body=tee)
        await recording
        return replace(response, body=tee.whole)

    async def _collected(self, sent: Request, response: Response, tee: Tee, started: float) -> None:
        """Record an answer when it is whole, and then let its last byte go, even if the recording failed."""
        try:
            await tee.ended.wait()
            if tee.end == "whole":
                await self._written(sent, replace(response, body=tee.whole), started)
            else:
                self._left_out(sent, "response", cut_off=tee.end != "large")
        except asyncio.CancelledError:
            if not tee.end:
                self._failed(sent.id, ENDED)
                await tee.abandon()
            raise
        finally:
            tee.release()

    async def _written(self, sent: Request, response: Response, started: float) -> None:
        """Record a leg whose bodies are whole. An error costs only the recording."""
        try:
            await self._record(sent, response, elapsed_ms=(perf_counter() - started) * 1000)
        except asyncio.CancelledError as error:
            self.failed(sent.id, error)
            raise
        except Exception as error:  # noqa: BLE001  # the upstream has answered: nothing here may cost the app that answer
            self.failed(sent.id, error)

    def failed(self, id_: str, error: BaseException) -> None:
        """Count a leg whose recording has failed, and warn. `id_`: the id of its request."""
        self._failed(id_, _why(error))

    def _left_out(self, request: Request, side: str, *, cut_off: bool) -> None:
        if cut_off:
            self.counts.cut_off += 1
            why = "its body is cut off"
        else:
            why = "its body exceeds limits.max_body"
            self.counts.lose(why)
        self.warn("not recorded", id=request.id, side=side, why=why)

    def _failed(self, id_: str, why: str) -> None:
        self.counts.lose(why)
        self.warn("recording failed", id=id_, why=why, lost=sum(self.counts.lost.values()))

    async def _record(self, request: Request, response: Response, *, elapsed_ms: float) -> None:
        now = self.stamp(time())
        recording = await self.redactor.record(
            request,
            response,
            origin=self.origins(request.upstream),
            recorded_at=now,
            about={
                **self.about(request, response),
                "recorded_at": now,
                "elapsed_ms": round(elapsed_ms),
                "source": response.source,
            },
        )
        if recording.leaks:
            self.counts.leaks += 1
            self.warn("leak", id=request.id, on_leak=self.on_leak, places=[*recording.leaks], leaks=self.counts.leaks)
            if self.on_leak == "refuse":
                self.counts.lose("a secret was left in it (redaction.on_leak)")
                return
        async with asyncio.timeout(LONGEST_WRITE):
            await self.tape.add(recording.block)
        self.counts.recorded += 1

    async def _discard(self, request: Request, task: Awaitable[Response]) -> None:
        """Await an answer that the app does not need any more, and close it."""
        try:
            await close((await task).body)
        except Exception as error:  # noqa: BLE001  # nobody else would hear of it
            self._failed(request.id, type(error).__name__)


def _why(error: BaseException) -> str:
    """Return why a recording is lost. Only texts of the system are safe: other errors may quote the recording."""
    if isinstance(error, asyncio.CancelledError):
        return ENDED
    if isinstance(error, TimeoutError):
        return f"the cassette took longer than {LONGEST_WRITE:g} s"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, NotRedactedError | CodingError):  # neither quotes the recording
        return str(error)
    return type(error).__name__
