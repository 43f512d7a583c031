"""Runs the first two steps of a coroutine without a task: up to its first wait, and from there to its second. The rest is a task.

Facts
-----
* Most exchanges of a replay never wait, and most exchanges of a passthrough wait for one answer. A task costs more than their work.
  Python 3.12 has eager tasks; Python 3.11 has not, so the first steps are made here.
* `asyncio._enter_task` and `_leave_task` are asyncio's documented way to set the current task ("Extending", Task lifetime support).
  `asyncio.timeout` needs the current task. `Running` has the methods that it calls.
* A waiting coroutine has yielded a future, marked (`_asyncio_future_blocking`) until its task takes it. A task that continues the
  coroutine yields the same future in its own first step.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeAlias

ALWAYS_TASKS = os.environ.get("PASS_GATEWAY_SCHEDULING") == "tasks"
"""True if each coroutine gets a task from its first step on. The tests can be run in this way, too."""

Done: TypeAlias = Callable[[BaseException | None], None]
"""Called when a coroutine that had to wait has ended, with the exception that it raised."""


class Running:
    """A coroutine in its first two steps. For asyncio it is the current task then."""

    __slots__ = ("_cancels", "_coroutine", "_done", "_loop", "_must_end", "_steps", "_task", "_waits_for")

    def __init__(self, running: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop, done: Done) -> None:
        self._coroutine = running
        self._loop = loop
        self._done = done
        self._task: asyncio.Task[None] | None = None
        self._waits_for: Any = None
        self._cancels = 0
        self._must_end = False
        self._steps = True
        """Whether the next step is made here; later ones are its task's."""

    def cancel(self, msg: Any = None) -> bool:
        """Cancel the coroutine, where it waits. A task that is cancelled before its first step would drop the coroutine half-way."""
        if self._task is not None and not self._steps:
            return self._task.cancel(msg)
        self._cancels += 1
        if self._waits_for is None or not self._waits_for.cancel(msg):
            self._must_end = True  # at the next step
        return True

    def cancelling(self) -> int:
        """Return how often it was cancelled."""
        return self._cancels + (self._task.cancelling() if self._task is not None else 0)

    def uncancel(self) -> int:
        """Take back one cancellation."""
        if self._cancels:
            self._cancels -= 1
        elif self._task is not None:
            self._task.uncancel()
        return self.cancelling()

    def begin(self) -> bool:
        """Make the first step, and return whether the coroutine has ended. Its exceptions are raised here."""
        try:
            _enter_task(self._loop, self)  # type: ignore[arg-type]  # it has the methods of a task that are called
        except RuntimeError:  # the caller is a task, and only one task can be the current one
            self.become_task()
            return False
        try:
            waits_for = self._coroutine.send(None)
        except StopIteration:
            return True
        finally:
            _leave_task(self._loop, self)  # type: ignore[arg-type]
        if getattr(waits_for, "_asyncio_future_blocking", None) is True:
            waits_for._asyncio_future_blocking = False  # noqa: SLF001  # this mark is how asyncio and the driver of a coroutine agree
            self._waits_for = waits_for
            waits_for.add_done_callback(self._wake)
        else:  # a turn of the loop
            self.become_task(waits_for)
        return False

    def become_task(self, *waits_for: Any) -> None:
        """Run the rest in a task."""
        if waits_for:
            (self._waits_for,) = waits_for
        else:
            self._steps = False
        self._task = self._loop.create_task(self._going_on() if waits_for else self._coroutine)
        self._task.add_done_callback(self._over)

    def _wake(self, _: object) -> None:
        """Make the second step: the future is done."""
        self._waits_for = None
        error: BaseException | None = None
        _enter_task(self._loop, self)  # type: ignore[arg-type]
        try:
            if self._must_end:
                self._must_end = False
                waits_for = self._coroutine.throw(asyncio.CancelledError())
            else:
                # a future that failed, or was cancelled, raises where it is awaited
                waits_for = self._coroutine.send(None)
        except StopIteration:
            pass
        except BaseException as raised:  # noqa: BLE001  # `done` gets it
            error = raised
        else:
            self.become_task(waits_for)
            return
        finally:
            _leave_task(self._loop, self)  # type: ignore[arg-type]
        self._done(error)

    @coroutine
    def _going_on(self) -> Generator[Any, Any, None]:
        """Continue the coroutine, which has yielded the future for which it waits."""
        running, waits_for, self._waits_for = self._coroutine, self._waits_for, None
        self._steps = False
        error: BaseException | None = asyncio.CancelledError() if self._must_end else None
        while True:
            if error is None:
                try:
                    yield waits_for
                except BaseException as raised:  # noqa: BLE001  # the coroutine's, whatever it is
                    error = raised
                else:
                    yield from running  # which `types.coroutine` allows
                    return
            try:
                waits_for = running.throw(error)
            except StopIteration:
                return
            error = None

    def _over(self, task: asyncio.Task[None]) -> None:
        self._done(asyncio.CancelledError() if task.cancelled() else task.exception())


def begin(
    running: Coroutine[Any, Any, None],
    loop: asyncio.AbstractEventLoop,
    done: Done,
    *,
    always_task: bool | None = None,
) -> Running | None:
    """Run a coroutine until it has to wait. Return None if it has ended; otherwise `done` is called when it ends.

    Exceptions of its first step are raised here.
    """
    steps = Running(running, loop, done)
    if ALWAYS_TASKS if always_task is None else always_task:
        steps.become_task()
        return steps
    return None if steps.begin() else steps
