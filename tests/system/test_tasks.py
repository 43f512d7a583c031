"""Tasks that nobody awaits are kept until they are done; who drains them waits a while, and cancels the rest."""

from __future__ import annotations

import asyncio

from gateway.system.tasks import Tasks


async def test_a_task_is_kept_until_it_is_done_and_its_result_can_be_awaited() -> None:
    go, tasks = asyncio.Event(), Tasks()

    async def work() -> str:
        await go.wait()
        return "done"

    task = tasks.start(work())
    assert (len(tasks), [*tasks]) == (1, [task])
    go.set()
    assert await task == "done"
    await asyncio.sleep(0)
    assert not tasks


async def test_draining_waits_for_tasks_and_for_tasks_that_they_start_and_raises_no_error() -> None:
    tasks, ended = Tasks(), []

    async def second() -> None:
        ended.append("second")
        raise ValueError

    async def first() -> None:
        await asyncio.sleep(0)
        tasks.start(second())
        ended.append("first")

    tasks.start(first())
    await tasks.drain(60)
    assert (ended, len(tasks)) == (["first", "second"], 0)


async def test_draining_cancels_what_takes_too_long_and_waits_for_its_end() -> None:
    tasks, ended = Tasks(), []

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    tasks.start(for_ever())
    await asyncio.sleep(0)
    await tasks.drain(0)
    assert (ended, len(tasks)) == (["cleaned up"], 0)
