"""Records a leg whose block has a known form. Callbacks receive the answer and the end of the write, so no task is needed.

Facts
-----
* A block has a known form if an earlier leg was the same, except for its target and the answer's Date (`redacting/block_form.py`).
* If the answer shows that the form is not known, a coroutine of the recorder does the rest, with the same result.
* If the app leaves, the leg is still recorded, because the upstream has acted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gateway.core.asking import Ask, Asker, is_there
from gateway.core.model import Request, Response

if TYPE_CHECKING:
    from gateway.transports.recorder import Recorder

LONGEST_WRITE = 15.0
"""Seconds that the end of a reply waits for the disk, with 5 for the lock of another process. After that the recording is given up."""


class Late:
    """The legs that are being written, the oldest first. One timer gives up each leg that takes longer than LONGEST_WRITE.

    Times are those of `perf_counter`, which a leg needs anyway. To get the running loop is a system call in Python 3.11.
    """

    __slots__ = ("_since", "_timer")

    def __init__(self) -> None:
        self._since: dict[RecordedAgain, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begins(self, leg: RecordedAgain, now: float) -> None:
        """Give up a leg in LONGEST_WRITE seconds, unless it is over before that. `now`: the time of `perf_counter`, in seconds."""
        self._since[leg] = now
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WRITE, self._look)

    def over(self, leg: RecordedAgain) -> None:
        """Forget a leg that is written or was given up."""
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
    """A leg, from its request to the end of its recording. It is also the entry that the tape writes."""

    __slots__ = ("_asker", "_left", "_recorder", "_response", "_started", "block", "outbound")

    def __init__(self, recorder: Recorder, asker: Asker) -> None:
        self._recorder = recorder
        self.outbound: Request = asker.outbound
        """The request of the leg."""
        self._asker: Asker | None = asker
        self._started = perf_counter()
        self._response: Response | None = None
        self.block = b""
        """The text to write."""
        self._left: asyncio.Future[None] | None = None
        """Set if the app has left. It is resolved when the leg is over, or when a task does the rest."""

    def begin(self, ask: Ask) -> bool:
        """Send the request, and return whether it was sent."""
        return ask(self) is not None

    def answered(self, answer: Response) -> None:
        """Record the answer, and then pass it on."""
        recorder = self._recorder
        now = perf_counter()
        try:
            block = recorder.again(self.outbound, answer, elapsed_ms=(now - self._started) * 1000)
        except Exception:  # noqa: BLE001  # the usual path fails again, and reports it
            block = None
        if block is None:
            self.goes_on(is_there(answer))
            return
        self._response = answer
        self.block = block
        recorder.late.begins(self, now)
        recorder.tape.put(self)

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Record the leg in the usual way, with a coroutine. `rest` returns the answer."""
        coming = self._recorder.recorded(self.outbound, rest, self._started, abandoned=self._asker is None)
        asker, self._asker = self._asker, None
        if asker is not None and coming is not None:
            asker.goes_on(coming)
        self._over()

    def abandon(self) -> None:
        """Go on without the app, which has left. A recorder that ends waits for this leg."""
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
        """Give up the recording, because it takes too long."""
        self._recorder.tape.take_back(self)
        self.written(TimeoutError())

    def written(self, error: BaseException | None) -> None:
        """Count the recording, and pass the answer on, even after an error. If the recording was given up before, do nothing."""
        answer, self._response = self._response, None
        if answer is None:
            return
        asker, self._asker = self._asker, None
        self._recorder.late.over(self)
        self._recorder.written(self.outbound, error)
        if self._left is not None:
            self._over()
        if asker is not None:
            asker.answered(answer)

    def _over(self) -> None:
        if self._left is not None and not self._left.done():
            self._left.set_result(None)
