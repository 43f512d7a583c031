"""Starts workers, replaces workers that end, and gives all of them the same orders.

Facts
-----
* When a worker ends, another one is started at once. If workers end soon after their start, the pause grows each time (`BACK_OFF`).
* Meanwhile connections wait in the queue of the listening sockets, which belong to the supervisor. No connection is refused.
* Workers change their settings one after the other, so that some worker always answers. If a worker refuses the new settings, the others
  return to the old ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Protocol

from msgspec import Struct, field

from gateway.core.mistake import Mistake
from gateway.fleet.local_socket import WorkerGoneError
from gateway.fleet.numbers import Numbers, added
from gateway.fleet.orders import (
    Answer,
    Become,
    Begin,
    Drain,
    Fetched,
    Order,
    OrderDone,
    OrderRefused,
    WorkerBegun,
    WorkerSettings,
)
from gateway.fleet.process import WorkerProcess

LONG_ENOUGH = 10.0
"""A worker that has run for so many seconds is replaced at once when it ends."""
BACK_OFF = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses in seconds before the next start, if a worker ended sooner: the first, second, third time in a row, and so on."""
MOST_FAILURES = 5
GIVE_UP_SECONDS = 60.0
"""The run ends if one worker ended `MOST_FAILURES` times in a row before it answered, and no worker answered for so many seconds."""
START_SECONDS = 120.0
"""Longest time until a worker answers, in seconds. It reads a cassette of 100,000 interactions in half a minute."""
CHANGE_SECONDS = 120.0
ANSWER_SECONDS = 5.0
"""Longest time for a quick order, in seconds."""


class Say(Protocol):
    """Writes a line into the log."""

    def __call__(self, level: str, event: str, **about: object) -> None:
        """`level` is info, warning or error."""


class WorkersError(Mistake):
    """The workers do not start, so the gateway does not start."""


class WorkerSlot(Struct, eq=False):
    """The place of one worker, with its present process."""

    number: int
    """From 1."""
    process: WorkerProcess | None = None
    answers: bool = False
    settings: WorkerSettings | None = None
    """The settings that the process got last."""
    begun: float = 0.0
    soon: int = 0
    """How often in a row a process ended soon after its start."""
    failures: int = 0
    """How often in a row a process ended before it answered."""
    numbers: Numbers = field(default_factory=Numbers)
    """The counts of the present process."""
    before: Numbers = field(default_factory=Numbers)
    """The counts of earlier processes at this place, as of the last look."""
    silent: bool = False
    """Whether the process did not answer the last order."""
    why: str = ""
    """Why there is no process."""


class Supervisor:
    """The workers."""

    def __init__(
        self,
        number: int,
        *,
        command: list[str],
        begin: Callable[[int, WorkerSettings], Begin],
        inherited: Callable[[], Sequence[int]],
        say: Say,
        gone: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`begin` makes the first order for the worker of a number. `inherited` returns the descriptors that each worker inherits.

        `gone` is called with the number of a worker that has ended.
        """
        self.slots = [WorkerSlot(place) for place in range(1, number + 1)]
        self._command = command
        self._begin = begin
        self._inherited = inherited
        self._say = say
        self._gone = gone
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()
        self._answered = monotonic()
        """The last time when a worker answered, in seconds of the monotonic clock."""
        self._settings: WorkerSettings | None = None
        self._key_ids: dict[bytes | None, str | None] = {}
        """For each redaction key: the name that the first worker has reported for it."""
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when no worker can be started. The result says why."""

    # --- from start to end -------------------------------------------------------------------------------------------------

    async def start(self, settings: WorkerSettings) -> None:
        """Start all workers. If a worker does not start, stop all, and raise WorkersError with its reason."""
        self._settings = settings
        refusals = await asyncio.gather(*(self._started(slot) for slot in self.slots))
        if wrong := next(filter(None, refusals), ""):
            await self.stop(0.0)
            raise WorkersError(wrong)
        self._tasks = [asyncio.create_task(self._keep(slot)) for slot in self.slots]

    async def stop(self, seconds: float) -> None:
        """Let all workers finish their exchanges within `seconds`, and end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(self._drained(slot, seconds) for slot in self.slots))

    @property
    def answering(self) -> list[WorkerSlot]:
        """The workers that answer."""
        return [slot for slot in self.slots if slot.answers]

    @property
    def complaints(self) -> list[str]:
        """The complaints about workers."""
        return [
            f"worker {slot.number} {'is not running' if not slot.answers else 'does not answer'}"
            for slot in self.slots
            if not slot.answers or slot.silent
        ]

    # --- orders ------------------------------------------------------------------------------------------------------------

    async def ask(self, slot: WorkerSlot, order: Order, seconds: float = ANSWER_SECONDS) -> Answer | None:
        """Give an order to one worker, and return its answer. None if the worker is not running, or too slow."""
        process = slot.process
        if process is None or not slot.answers:
            return None
        try:
            answer = await process.ask(order, seconds)
        except WorkerGoneError:
            slot.silent = slot.process is process and slot.answers
            return None
        slot.silent = False
        return answer

    async def ask_all(self, order: Order, seconds: float = ANSWER_SECONDS) -> Mapping[int, Answer]:
        """Give an order to all workers that answer. Return the answers by the workers' numbers."""
        slots = self.answering
        answers = await asyncio.gather(*(self.ask(slot, order, seconds) for slot in slots))
        return {slot.number: answer for slot, answer in zip(slots, answers, strict=True) if answer is not None}

    async def become(self, settings: WorkerSettings) -> None:
        """Give these settings to one worker after the other. If one refuses, give all workers the old settings again, and raise WorkersError."""
        async with self._turn:
            before, self._settings = self._settings, settings
            for slot in self.slots:
                if refused := await self._settle(slot):
                    self._settings = before
                    for changed in self.slots:
                        await self._settle(changed)
                    raise WorkersError(refused)

    async def _settle(self, slot: WorkerSlot) -> str:
        """Give a worker the present settings; return why it refuses them, or "". A worker that is not running gets them at its start."""
        while slot.answers and slot.settings is not self._settings:
            settings = self._settings
            assert settings is not None  # noqa: S101  # a worker that answers has got settings
            process = slot.process
            answer = await self.ask(slot, Become(settings), CHANGE_SECONDS)
            if isinstance(answer, OrderRefused):
                return answer.why
            if not isinstance(answer, OrderDone):  # it ended, or hangs; the next process gets the settings
                if process is not None:
                    process.kill()
                return ""
            slot.settings = settings
        return ""

    # --- one worker --------------------------------------------------------------------------------------------------------

    async def _keep(self, slot: WorkerSlot) -> None:
        """Start another process each time that the worker at a place has ended."""
        while True:
            process = slot.process
            how = await process.ended() if process is not None else slot.why
            self._left(slot, how)
            wait = self._pause(slot)
            if self.failed.done():
                return
            self._say("error", "worker ended", worker=slot.number, how=how, starts_again_in=f"{wait:g} s")
            await asyncio.sleep(wait)
            if why := await self._started(slot):
                slot.why = why
            else:
                self._say("info", "worker answers", worker=slot.number, pid=slot.process.pid if slot.process else 0)

    def _left(self, slot: WorkerSlot, how: str) -> None:
        if self.answering:
            self._answered = monotonic()
        lived = monotonic() - slot.begun if slot.answers else 0.0
        slot.failures = 0 if slot.answers else slot.failures + 1
        slot.soon = 0 if lived > LONG_ENOUGH else slot.soon + 1
        if slot.answers:
            slot.before = added(slot.before, slot.numbers)
        slot.numbers, slot.answers, slot.process, slot.why, slot.silent = Numbers(), False, None, how, False
        self._gone(slot.number)

    def _pause(self, slot: WorkerSlot) -> float:
        """Return the pause before the next start, in seconds."""
        late = monotonic() - self._answered >= GIVE_UP_SECONDS
        if slot.failures >= MOST_FAILURES and late and not self.failed.done():
            self.failed.set_result(f"worker {slot.number} ended {slot.failures} times before it answered: {slot.why}")
        return BACK_OFF[min(slot.soon - 1, len(BACK_OFF) - 1)] if slot.soon else 0.0

    async def _started(self, slot: WorkerSlot) -> str:
        """Start a worker. Return why this failed, or ""."""
        try:
            process = await WorkerProcess.spawned(self._command, self._inherited())
        except OSError as error:
            return f"worker {slot.number} cannot be started: {error.strerror or error}"
        slot.process = process
        assert self._settings is not None  # noqa: S101  # `start` has set them
        begin = self._begin(slot.number, self._settings)
        try:
            answer = await process.ask(begin, START_SECONDS)
        except WorkerGoneError:
            process.kill()
            return f"worker {slot.number} ended before it answered: {await process.ended()}"
        except BaseException:
            process.kill()
            raise
        if not isinstance(answer, WorkerBegun):
            process.close()
            await process.ended()
            slot.process = None
            return answer.why if isinstance(answer, OrderRefused) else f"worker {slot.number} does not start"
        if self._key_ids.setdefault(begin.settings.key, answer.key_id) != answer.key_id:
            process.kill()
            await process.ended()
            slot.process = None
            return f"worker {slot.number} has another redaction key than the others"
        slot.settings, slot.begun, slot.answers = begin.settings, monotonic(), True
        return await self._settle(slot)

    async def _drained(self, slot: WorkerSlot, seconds: float) -> None:
        process = slot.process
        if process is None:
            return
        try:
            answer = await process.ask(Drain(), seconds) if slot.answers and seconds else None
        except WorkerGoneError:
            answer = None
        if isinstance(answer, Fetched):
            slot.numbers = answer.numbers
        elif not seconds:
            process.kill()
        process.close()
        await process.ended()
        slot.answers = False
