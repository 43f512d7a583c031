"""Runs a coroutine at once, as far as it goes without waiting, and once more when what it waits for first is there; after that it is a task.

Facts
-----
* Most exchanges of a replay wait for nothing, and those of a passthrough for one answer. A task costs more than either has to do.
  Python 3.12 has eager tasks; 3.11 has none, so the first steps are made here.
* `asyncio._enter_task` and `_leave_task` are asyncio's documented way to say what runs ("Extending", Task lifetime support), which
  `asyncio.timeout` asks for. `Running` answers what it asks.
* A coroutine that waits has handed out a future, marked (`_asyncio_future_blocking`) until its task has taken it. A task that goes on
  with it hands out the same one in its own first step.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeAlias

ALWAYS_TASKS = os.environ.get("PASS_GATEWAY_SCHEDULING") == "tasks"
"""Whether everything gets a task from its first step on: the general path, through which the tests can be run as well."""

Done: TypeAlias = Callable[[BaseException | None], None]
"""Hears that a coroutine which had to wait is done, and what it raised."""


class Running:
    """A coroutine that has begun and has to wait. For asyncio it is the current task in its first two steps."""

    __slots__ = ("_cancels", "_coroutine", "_done", "_loop", "_must_end", "_task", "_waits_for")

    def __init__(self, running: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop, done: Done) -> None:
        self._coroutine = running
        self._loop = loop
        self._done = done
        self._task: asyncio.Task[None] | None = None
        self._waits_for: Any = None
        self._cancels = 0
        self._must_end = False

    def cancel(self, msg: Any = None) -> bool:
        """Have the coroutine be told, where it waits, that it is to end."""
        if self._task is not None:
            return self._task.cancel(msg)
        self._cancels += 1
        if self._waits_for is None or not self._waits_for.cancel(msg):
            self._must_end = True  # at the next step
        return True

    def cancelling(self) -> int:
        """Say how often it was cancelled."""
        return self._cancels + (self._task.cancelling() if self._task is not None else 0)

    def uncancel(self) -> int:
        """Take one back."""
        if self._cancels:
            self._cancels -= 1
        elif self._task is not None:
            self._task.uncancel()
        return self.cancelling()

    def begin(self) -> bool:
        """Make the first step, and return whether it was the last one; what it raises is raised here."""
        try:
            _enter_task(self._loop, self)  # type: ignore[arg-type]  # it is as much of a task as anybody asks for
        except RuntimeError:  # a task calls this, and only one runs at a time
            self.become_task()
            return False
        try:
            waits_for = self._coroutine.send(None)
        except StopIteration:
            return True
        finally:
            _leave_task(self._loop, self)  # type: ignore[arg-type]
        if getattr(waits_for, "_asyncio_future_blocking", None) is True:
            waits_for._asyncio_future_blocking = False  # noqa: SLF001  # the mark is asyncio's protocol for whoever drives coroutines
            self._waits_for = waits_for
            waits_for.add_done_callback(self._wake)
        else:  # a turn of the loop
            self.become_task(waits_for)
        return False

    def become_task(self, *waits_for: Any) -> None:
        """Leave the rest to a task."""
        rest = _going_on(self._coroutine, waits_for[0]) if waits_for else self._coroutine
        self._task = self._loop.create_task(rest)
        self._task.add_done_callback(self._over)

    def _wake(self, _: object) -> None:
        """Make the second step, now that what it waited for is there."""
        self._waits_for = None
        error: BaseException | None = None
        _enter_task(self._loop, self)  # type: ignore[arg-type]
        try:
            if self._must_end:
                waits_for = self._coroutine.throw(asyncio.CancelledError())
            else:
                waits_for = self._coroutine.send(
                    None
                )  # a future that failed, or was cancelled, raises where it is awaited
        except StopIteration:
            pass
        except BaseException as raised:  # noqa: BLE001  # who waits for it is told
            error = raised
        else:
            self.become_task(waits_for)
            return
        finally:
            _leave_task(self._loop, self)  # type: ignore[arg-type]
        self._done(error)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._done(asyncio.CancelledError() if task.cancelled() else task.exception())


def begin(
    running: Coroutine[Any, Any, None],
    loop: asyncio.AbstractEventLoop,
    done: Done,
    *,
    always_task: bool | None = None,
) -> Running | None:
    """Run a coroutine until it has to wait; return what goes on with it, after which `done` is called, or None if it is over already.

    What it raises in its first step is raised here.
    """
    steps = Running(running, loop, done)
    if ALWAYS_TASKS if always_task is None else always_task:
        steps.become_task()
        return steps
    return None if steps.begin() else steps


@coroutine
def _going_on(running: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine that has handed out what it waits for."""
    while True:
        try:
            yield waits_for
        except BaseException as error:  # noqa: BLE001  # the coroutine's, whatever it is
            try:
                waits_for = running.throw(error)
            except StopIteration:
                return
        else:
            yield from running  # which `types.coroutine` allows
            return
