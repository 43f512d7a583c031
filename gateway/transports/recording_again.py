"""Records a leg again that was recorded before, by callbacks: no task and no coroutine waits for its answer or for the disk.

Facts
-----
* The result is the same as that of `Recorder.send`. If the block was not made before, a coroutine of the recorder does the rest.
* If the app leaves, the upstream has still acted: the leg is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gateway.core.asking import Ask, Asker
from gateway.core.model import Request, Response

if TYPE_CHECKING:
    from gateway.transports.recorder import Recorder

LONGEST_WRITE = 15.0
"""Seconds that a reply's end waits for the disk, which includes 5 for a lock of another process; then its recording is given up."""


class Late:
    """The legs that are being written, the first one first: one timer gives up each that takes longer than LONGEST_WRITE.

    Times are of `perf_counter`: a leg has taken it anyway, and to ask for the running loop is a call of the system in Python 3.11.
    """

    __slots__ = ("_since", "_timer")

    def __init__(self) -> None:
        self._since: dict[RecordedAgain, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begins(self, leg: RecordedAgain, now: float) -> None:
        """Give it up in LONGEST_WRITE seconds, unless it is over by then."""
        self._since[leg] = now
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WRITE, self._look)

    def over(self, leg: RecordedAgain) -> None:
        """Hear that it is written, or was given up."""
        self._since.pop(leg, None)

    def _look(self) -> None:
        self._timer = None
        while self._since:
            leg, since = next(iter(self._since.items()))
            left = since + LONGEST_WRITE - perf_counter()
            if left > 0:
                self._timer = asyncio.get_running_loop().call_later(left, self._look)
                return
            leg.give_up()


class RecordedAgain:
    """One such leg, from its request to the end of its recording: who asked behind, who is asked before, and an entry of the tape."""

    __slots__ = ("_asker", "_left", "_recorder", "_request", "_response", "_started", "block")

    def __init__(self, recorder: Recorder, request: Request, asker: Asker) -> None:
        self._recorder = recorder
        self._request = request
        self._asker: Asker | None = asker
        self._started = perf_counter()
        self._response: Response | None = None
        self.block = b""
        """What is written."""
        self._left: asyncio.Future[None] | None = None
        """Where the app has left: resolved when this is over, or a task has the rest."""

    def begin(self, ask: Ask) -> bool:
        """Send the request, and say whether it was sent."""
        return ask(self._request, self) is not None

    def answered(self, answer: Response) -> None:
        """Let the answer be recorded, and then hand it on."""
        recorder = self._recorder
        now = perf_counter()
        try:
            block = recorder.again(self._request, answer, elapsed_ms=(now - self._started) * 1000)
        except Exception:  # noqa: BLE001  # step by step it fails again, and that is told
            block = None
        if block is None:
            self.goes_on(_is_there(answer))
            return
        self._response = answer
        self.block = block
        recorder.late.begins(self, now)
        recorder.tape.put(self)

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Have it recorded step by step."""
        coming = self._recorder.recorded(self._request, rest, self._started, abandoned=self._asker is None)
        asker, self._asker = self._asker, None
        if asker is not None and coming is not None:
            asker.goes_on(coming)
        self._over()

    def abandon(self) -> None:
        """Hear that the app has left; a recorder that ends waits for this one."""
        self._asker = None
        self._left = asyncio.get_running_loop().create_future()
        self._recorder.keep(self._waited_for(self._left))

    async def _waited_for(self, over: asyncio.Future[None]) -> None:
        try:
            await over
        except asyncio.CancelledError:
            self.written(asyncio.CancelledError())
            raise

    def give_up(self) -> None:
        """Hear that it takes too long."""
        self._recorder.tape.take_back(self)
        self.written(TimeoutError())

    def written(self, error: BaseException | None) -> None:
        """Count the recording, and hand the answer on, whatever became of it; nothing more where it was given up."""
        answer, self._response = self._response, None
        if answer is None:
            return
        asker, self._asker = self._asker, None
        self._recorder.late.over(self)
        self._recorder.written(self._request, error)
        if self._left is not None:
            self._over()
        if asker is not None:
            asker.answered(answer)

    def _over(self) -> None:
        if self._left is not None and not self._left.done():
            self._left.set_result(None)


async def _is_there(answer: Response) -> Response:
    return answer
