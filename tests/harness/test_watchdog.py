"""The watchdog sees the longest step, in processor time."""

from __future__ import annotations

import asyncio
import time

from tests.harness.watchdog import MOST, longest_step


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def test_the_longest_step_is_told() -> None:
    with longest_step() as steps:
        for seconds in (0.01, 0.06, 0.02):
            await asyncio.sleep(0)
            burn(seconds)
        await asyncio.sleep(0)
    assert 0.06 <= steps.longest < 0.08


async def test_waiting_is_no_work_and_neither_is_another_thread() -> None:
    with longest_step() as steps:
        await asyncio.sleep(0.06)
        await asyncio.sleep(0)
        time.sleep(0.06)  # noqa: ASYNC251  # that is the point
        await asyncio.to_thread(burn, 0.06)
    assert steps.count > 3
    assert steps.longest < MOST


async def test_steps_are_measured_no_longer_than_asked() -> None:
    before = asyncio.Handle._run
    with longest_step() as steps:
        await asyncio.sleep(0)
        steps.forget()
    assert asyncio.Handle._run is before
    await asyncio.sleep(0)
    burn(0.01)
    await asyncio.sleep(0)
    assert steps.longest < 0.01
