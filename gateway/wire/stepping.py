"""Runs a coroutine at once, as far as it goes without waiting; what has to wait becomes a task, and goes on from there.

Facts
-----
* Most exchanges of a replay wait for nothing, and a task costs more than finding the answer does. Python 3.12 has eager tasks; 3.11
  has none, so the first step is made here.
* `asyncio._enter_task` and `_leave_task` are asyncio's documented way to say what runs ("Extending", Task lifetime support), which
  `asyncio.timeout` asks for. What stands in for the task in the first step speaks for the task afterwards.
* A coroutine that waits has handed out a future. The task's own first step hands out the same one, and then goes on with it.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

ALWAYS_TASKS = os.environ.get("PASS_GATEWAY_SCHEDULING") == "tasks"
"""Whether everything gets a task from its first step on: the general path, through which the tests can be run as well."""


class _StandIn:
    """The current task while there is none yet."""

    __slots__ = ("task",)

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None

    def cancel(self, msg: Any = None) -> bool:
        """Cancel the task that it has become; while the first step is made nothing can ask for it."""
        return self.task.cancel(msg) if self.task is not None else False

    def cancelling(self) -> int:
        """Say how often it was cancelled."""
        return self.task.cancelling() if self.task is not None else 0

    def uncancel(self) -> int:
        """Take one back."""
        return self.task.uncancel() if self.task is not None else 0


def begin(
    running: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop, *, always_task: bool | None = None
) -> asyncio.Task[None] | None:
    """Run a coroutine until it has to wait; return the task that goes on with it, or None if it is done.

    What it raises in its first step is raised here, later ones are the task's.
    """
    if (ALWAYS_TASKS if always_task is None else always_task) or asyncio.current_task(loop) is not None:
        return loop.create_task(running)
    stand_in: Any = _StandIn()
    _enter_task(loop, stand_in)
    try:
        waited_for = running.send(None)
    except StopIteration:
        return None
    finally:
        _leave_task(loop, stand_in)
    stand_in.task = task = loop.create_task(_going_on(running, waited_for))
    return task


@coroutine
def _going_on(running: Coroutine[Any, Any, None], waited_for: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine that has handed out what it waits for."""
    while True:
        try:
            yield waited_for
        except BaseException as error:  # noqa: BLE001  # the coroutine's, whatever it is
            try:
                waited_for = running.throw(error)
            except StopIteration:
                return
        else:
            yield from running  # which `types.coroutine` allows
            return
