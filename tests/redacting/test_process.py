"""A message that is too much work is given up; what comes after it is not, and nothing is left behind."""

# ruff: noqa: S603  # the processes are ours
from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from gateway.core.redaction import Redaction
from gateway.redacting import process
from gateway.redacting.jobs import Answered, Asked, Compare, Record, Show, Shown
from gateway.redacting.process import ENDED, TOO_LONG, TOO_MANY, TOO_SLOW, Worker
from gateway.transports.redactor import NotRedactedError
from tests.legs import answer, logout

TOKENS = json.dumps([{"access_token": f"{number:024x}"} for number in range(20000)])
HEAVY = Record(Asked.of(logout()), Answered.of(answer(TOKENS)), "https://a", "2026-11-21T22:17:05.120Z", b"{}")
"""Takes very much longer than the budget of these tests."""


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    made = Worker(Redaction(bytes(32)), None, budget=0.02)
    yield made
    await made.aclose()


async def test_a_message_may_take_so_much_of_the_processor(worker: Worker) -> None:
    with pytest.raises(NotRedactedError, match=TOO_LONG):
        await worker.ask(HEAVY, 1)
    assert await worker.ask(Show("/fine"), 1) == Shown("/fine")
    assert worker.starts == 2


async def test_an_app_waits_only_so_long(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "PATIENCE", 0.05)
    with pytest.raises(NotRedactedError, match=TOO_SLOW):
        await worker.ask(HEAVY, 1)
    monkeypatch.undo()
    assert await worker.ask(Show("/fine"), 1) == Shown("/fine")


async def test_one_after_the_other_each_gets_its_own_answer(worker: Worker) -> None:
    asked = [Show(f"/{number}") for number in range(20)]
    assert await asyncio.gather(*(worker.ask(job, 1) for job in asked)) == [Shown(job.target) for job in asked]
    assert worker.starts == 1


@pytest.mark.parametrize(("size", "number"), [(1, process.WAITING), (process.WAITING_BYTES // 2, 2)])
async def test_only_so_many_wait(worker: Worker, size: int, number: int) -> None:
    jobs = [worker.ask(Show(f"/{n}"), size) for n in range(number + 3)]
    came = await asyncio.gather(*jobs, return_exceptions=True)
    assert came[:number] == [Shown(f"/{n}") for n in range(number)]
    assert [str(error) for error in came[number:]] == [TOO_MANY] * 3


async def test_one_that_is_larger_than_all_that_may_wait_is_taken_alone(worker: Worker) -> None:
    assert await worker.ask(Show("/large"), process.WAITING_BYTES * 2) == Shown("/large")


async def test_who_waits_no_longer_gets_no_answer_and_costs_nobody_another() -> None:
    worker = Worker(Redaction(bytes(32)), None, budget=60)
    left = asyncio.create_task(worker.ask(HEAVY, 1))
    async with asyncio.timeout(10):
        while not worker.is_running:  # noqa: ASYNC110  # it tells nobody when it starts
            await asyncio.sleep(0.01)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    assert await worker.ask(Show("/fine"), 1) == Shown("/fine")
    await worker.aclose()


async def test_a_process_that_ends_is_started_again(worker: Worker) -> None:
    await worker.ask(Show("/fine"), 1)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(NotRedactedError, match=ENDED):
        await worker.ask(Show("/lost"), 1)
    assert await worker.ask(Show("/fine"), 1) == Shown("/fine")


async def test_one_that_cannot_be_started_costs_the_recording_alone(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(NotRedactedError, match=ENDED):
        await worker.ask(Show("/lost"), 1)


async def test_a_job_that_raises_is_told_by_its_kind_alone(worker: Worker) -> None:
    job = Record(Asked("G\n", "secret", (), b""), Answered.of(answer()), "https://a", "", b"{}")
    with pytest.raises(NotRedactedError, match=r"^ValueError$"):
        await worker.ask(job, 1)
    assert await worker.ask(Compare(Asked.of(logout()), whole=False), 1)
    assert worker.starts == 1


PS = shutil.which("ps") or ""
PARENT = """
import asyncio, os, signal
from gateway.core.redaction import Redaction
from gateway.redacting.jobs import Show
from gateway.redacting.process import Worker
async def main():
    worker = Worker(Redaction(bytes(32)), None)
    await worker.ask(Show("/fine"), 1)
    print(worker.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def working(pid: int) -> bool:
    """Whether a process is there, and no mere entry that nobody has read."""
    said = subprocess.run([PS, "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True, check=False)
    return bool(said.stdout.strip()) and not said.stdout.startswith("Z")


@pytest.mark.skipif(not PS, reason="there is no ps")
async def test_it_ends_with_the_gateway_however_that_ends() -> None:
    ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, check=False)
    pid = int(ended.stdout)
    for _ in range(200):
        if not working(pid):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the worker is still there")
