"""A coroutine that waits for nothing is done at once; one that waits goes on as a task, and neither can tell which it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple

import pytest

from gateway.wire.stepping import Running, begin


class Begun(NamedTuple):
    """What goes on with a coroutine, and its end."""

    running: Running
    over: asyncio.Future[None]


async def begun(running: Coroutine[Any, Any, None], *, always_task: bool = False) -> Begun | None:
    """Begin it where nothing runs, as a protocol does."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Running | None] = loop.create_future()
    over: asyncio.Future[None] = loop.create_future()

    def done(error: BaseException | None) -> None:
        if error is None:
            over.set_result(None)
        elif isinstance(error, asyncio.CancelledError):
            over.cancel()
        else:
            over.set_exception(error)

    def call() -> None:
        try:
            result.set_result(begin(running, loop, done, always_task=always_task))
        except BaseException as error:  # noqa: BLE001  # it is what is looked at
            result.set_exception(error)

    loop.call_soon(call)
    steps = await result
    return Begun(steps, over) if steps is not None else None


async def test_what_waits_for_nothing_is_done_at_once() -> None:
    done = []

    async def run() -> None:
        done.append(1)

    assert await begun(run()) is None
    assert done == [1]


async def test_what_raises_at_once_raises_there() -> None:
    async def run() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # it has no text
        await begun(run())


async def _sleep() -> object:
    return await asyncio.sleep(0.001, "slept")


async def _turn() -> object:
    return await asyncio.sleep(0, "turned")


async def _future() -> object:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, "answered")
    return await future


async def _failing() -> object:
    future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_exception, OSError("failed"))
    try:
        return await future
    except OSError:
        return await _sleep()


async def _timeout() -> object:
    try:
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()
    except TimeoutError:
        return "too late"
    return "in time"


async def _in_time() -> object:
    async with asyncio.timeout(5):
        return await _sleep()


async def _waited_for() -> object:
    return await asyncio.wait_for(asyncio.shield(_sleep()), 5)


async def _group() -> object:
    return await asyncio.gather(_sleep(), _turn())


async def _locked() -> object:
    lock = asyncio.Lock()
    await lock.acquire()
    asyncio.get_running_loop().call_soon(lock.release)
    async with lock:
        return "locked"


async def _thread() -> object:
    return await asyncio.to_thread(lambda: "from a thread")


WAITING: tuple[Callable[[], Awaitable[object]], ...] = (
    _sleep, _turn, _future, _failing, _timeout, _in_time, _waited_for, _group, _locked, _thread,
)  # fmt: skip


async def test_what_waits_comes_to_the_same_with_a_task_and_without() -> None:
    """Whatever asyncio offers to wait for works from the first step on."""
    for waiting in WAITING:
        results: list[object] = []
        for always_task in (True, False):

            async def run(waiting: Callable[[], Awaitable[object]] = waiting, results: list[Any] = results) -> None:
                results.append([await waiting(), await waiting()])  # the second one is in the task in any case

            task = await begun(run(), always_task=always_task)
            assert task is not None
            await task.over
        assert results[0] == results[1], waiting


async def test_what_waits_can_be_cancelled() -> None:
    """In what it waits for first, and later; and it may clean up, which may wait, too."""
    for later in (False, True):
        told: list[str] = []
        reached = asyncio.Event()

        async def run(later: bool = later, told: list[str] = told, reached: asyncio.Event = reached) -> None:
            if later:
                await asyncio.sleep(0)
            try:
                reached.set()
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                told.append("cleaned up")

        task = await begun(run())
        assert task is not None
        await reached.wait()
        task.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task.over
        assert told == ["cleaned up"]


async def test_a_timeout_of_the_first_step_is_no_cancellation_from_outside() -> None:
    """`asyncio.timeout` asks the current task whether it was cancelled: who stands in for it answers for it."""

    async def run() -> None:
        async with asyncio.timeout(5):
            await asyncio.Event().wait()

    task = await begun(run())
    assert task is not None
    await asyncio.sleep(0)
    task.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task.over


async def test_within_a_task_another_task_is_made() -> None:
    """A task runs one coroutine at a time."""
    done = []

    async def run() -> None:
        done.append(asyncio.current_task())

    over = asyncio.Event()
    running = begin(run(), asyncio.get_running_loop(), lambda _: over.set())
    assert running is not None
    assert done == []
    await over.wait()
    assert done != [asyncio.current_task()]


async def _of_two(first: asyncio.Future[None], second: Awaitable[object], heard: list[str]) -> None:
    await first
    try:
        await second
    except asyncio.CancelledError:
        heard.append("cancelled")
        raise
    finally:
        heard.append("cleaned up")


async def test_what_is_cancelled_while_its_task_has_not_begun_hears_of_it() -> None:
    """A task that is cancelled before its first step never asks its coroutine, which would keep what it has taken."""
    loop = asyncio.get_running_loop()
    for second in (loop.create_future(), asyncio.sleep(0)):
        heard: list[str] = []
        first: asyncio.Future[None] = loop.create_future()
        steps = await begun(_of_two(first, second, heard))
        assert steps is not None
        first.set_result(None)
        loop.call_soon(steps.running.cancel)  # behind the second step, before the task's
        with pytest.raises(asyncio.CancelledError):
            await steps.over
        assert heard == ["cancelled", "cleaned up"]


async def test_a_turn_of_a_semaphore_is_given_back_by_who_is_cancelled_before_its_task_has_begun() -> None:
    loop = asyncio.get_running_loop()
    one, first = asyncio.Semaphore(0), loop.create_future()
    steps = await begun(_of_two(first, one.acquire(), []))
    assert steps is not None
    first.set_result(None)
    loop.call_soon(one.release)
    loop.call_soon(steps.running.cancel)
    with pytest.raises(asyncio.CancelledError):
        await steps.over
    assert not one.locked()
