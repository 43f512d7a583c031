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
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gateway.core.asking import Asker, is_there
from gateway.core.model import Finding, Request, Response
from gateway.transports.redactor import RepeatedBlock

if TYPE_CHECKING:
    from gateway.transports.recorder import Recorder


class SameLeg(Struct, eq=False):
    """The facts about legs that differ only in their ids and times."""

    findings: tuple[Finding, ...]
    audited: str
    device: str
    response: Response | None = None
    """The last answer. The facts below belong to it."""
    notes: dict[str, object] = {}
    form: RepeatedBlock | None = None
    """The block of these legs, if it has a known form."""

    def is_of(self, request: Request) -> bool:
        """Return whether these facts are also true of a request with the same head."""
        same = request.findings is self.findings and request.audited == self.audited
        return same and request.device.name == self.device


class RecordedAgain:
    """A leg, from its request to the end of its recording."""

    __slots__ = (
        "_alike",
        "_asker",
        "_at",
        "_form",
        "_left",
        "_outbound",
        "_recorder",
        "_started",
        "answer",
        "answered_at",
        "id",
    )

    _form: RepeatedBlock
    _at: str

    def __init__(self, recorder: Recorder, alike: SameLeg, asker: Asker) -> None:
        self._recorder = recorder
        self._alike = alike
        self.id = asker.id
        """The id of the leg's request."""
        self._asker: Asker | None = asker
        self._outbound: Request | None = None
        self._started = self.answered_at = perf_counter()
        """The time when the answer came, by `perf_counter`, in seconds."""
        self.answer: Response | None = None
        """The answer, until its write ends. `_form` is the form of its block. `_at` is the time when the answer came, as text."""
        self._left: asyncio.Future[None] | None = None
        """Set if the app has left. It is resolved when the leg is over, or when a task does the rest."""

    @property
    def outbound(self) -> Request:
        """The request of the leg."""
        if self._outbound is None:
            assert self._asker is not None  # noqa: S101  # `abandon` keeps the request before it takes the asker away
            self._outbound = self._asker.outbound
        return self._outbound

    def answered(self, answer: Response) -> None:
        """Record the answer, and then pass it on."""
        self.answered_at = perf_counter()
        recorder, alike = self._recorder, self._alike
        form = alike.form if answer is alike.response else None
        if form is None or not form.is_valid:
            try:
                form = recorder.form_of(self.outbound, answer, alike)
            except Exception:  # noqa: BLE001  # the usual path fails again, and reports it
                form = None
            if form is None:
                self.goes_on(is_there(answer))
                return
        self.answer = answer
        self._form = form
        self._at = recorder.stamp(time())
        groups = recorder.groups
        (groups.open or groups.begun(recorder.tape, recorder.redactor)).legs.append(self)

    def block(self) -> bytes:
        """Return the text to write. The answer must have come."""
        return self._form.filled(self.id, self._at, round((self.answered_at - self._started) * 1000))

    def record_anew(self) -> None:
        """Record the answer in the usual way."""
        answer, self.answer = self.answer, None
        if answer is not None:
            self.goes_on(is_there(answer))

    def goes_on(self, rest: Coroutine[Any, Any, Response]) -> None:
        """Record the leg in the usual way, with a coroutine. `rest` returns the answer."""
        coming = self._recorder.recorded(self.outbound, rest, self._started, abandoned=self._asker is None)
        asker, self._asker = self._asker, None
        if asker is not None and coming is not None:
            asker.goes_on(coming)
        self._over()

    def abandon(self) -> None:
        """Go on without the app, which has left. A recorder that ends waits for this leg."""
        self._outbound = self.outbound
        self._asker = None
        self._left = asyncio.get_running_loop().create_future()
        self._recorder.tasks.start(self._waited_for(self._left))

    async def _waited_for(self, over: asyncio.Future[None]) -> None:
        try:
            await over
        except asyncio.CancelledError:
            self.written(asyncio.CancelledError())
            raise

    def written(self, error: BaseException | None) -> None:
        """Count the recording, and pass the answer on, even after an error. If the recording was given up before, do nothing."""
        answer = self.answer
        if answer is None:
            return
        self.answer = None
        asker, self._asker = self._asker, None
        if error is None:
            self._recorder.counts.recorded += 1
        else:
            self._recorder.failed(self.id, error)
        if self._left is not None:
            self._over()
        if asker is not None:
            asker.answered(answer)

    def _over(self) -> None:
        if self._left is not None and not self._left.done():
            self._left.set_result(None)
