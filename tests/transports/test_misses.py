"""Misses are explained off the loop, one at a time, each device in its turn, and only so many wait."""

from __future__ import annotations

import asyncio
import threading

from gateway.core.nearest import Key
from gateway.transports.misses import IN_ALL, WAITING, Misses, Nearest


def shown(request: str) -> Nearest:
    return [{"interaction": 0, "line": 1, "request": request, "differs": []}]


class Explaining:
    """Explains when it is let go, and notes in which thread, and how many at once."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.keys: list[Key] = []
        self.at_once = self.most = 0
        self.threads: set[int] = set()

    def __call__(self, key: Key) -> Nearest:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.threads.add(threading.get_ident())
        self.gate.wait(5)
        self.keys.append(key)
        self.at_once -= 1
        return shown(key[0])


async def test_one_is_explained_at_a_time_and_not_on_the_loop() -> None:
    explain = Explaining()
    misses = Misses(explain)
    asked = [asyncio.create_task(misses.nearest(f"device {n}", (str(n),))) for n in range(10)]
    await asyncio.sleep(0)
    explain.gate.set()
    assert await asyncio.gather(*asked) == [shown(str(n)) for n in range(10)]
    assert explain.most == 1
    assert threading.get_ident() not in explain.threads


async def test_a_device_that_misses_often_waits_for_itself() -> None:
    explain = Explaining()
    misses = Misses(explain)
    often = [asyncio.create_task(misses.nearest("often", (str(n),))) for n in range(WAITING)]
    await asyncio.sleep(0)
    once = asyncio.create_task(misses.nearest("once", ("other",)))
    await asyncio.sleep(0)
    explain.gate.set()
    await asyncio.gather(*often, once)
    assert explain.keys.index(("other",)) <= 2


async def test_only_so_many_wait_of_a_device_and_of_all() -> None:
    explain = Explaining()
    misses = Misses(explain)
    asked = [asyncio.create_task(misses.nearest("one", (str(n),))) for n in range(WAITING + 3)]
    asked += [asyncio.create_task(misses.nearest(f"device {n}", (f"d{n}",))) for n in range(IN_ALL)]
    await asyncio.sleep(0)
    explain.gate.set()
    answers = await asyncio.gather(*asked)
    assert [answer is None for answer in answers[: WAITING + 3]] == [False] * WAITING + [True] * 3
    assert sum(answer is not None for answer in answers) == IN_ALL
    assert misses._waiting == {}


async def test_what_was_explained_once_is_remembered() -> None:
    explain = Explaining()
    explain.gate.set()
    misses = Misses(explain)
    assert [await misses.nearest("one", ("a",)) for _ in range(3)] == [shown("a")] * 3
    assert explain.keys == [("a",)]


async def test_an_app_that_leaves_lets_no_second_explanation_begin_beside_its_own() -> None:
    explain = Explaining()
    misses = Misses(explain)
    left = asyncio.create_task(misses.nearest("one", ("a",)))
    while not explain.at_once:  # noqa: ASYNC110  # a thread says it
        await asyncio.sleep(0.001)
    left.cancel()
    others = [asyncio.create_task(misses.nearest(device, ("b",))) for device in ("one", "other")]
    await asyncio.sleep(0.05)
    assert (explain.at_once, explain.keys) == (1, [])
    explain.gate.set()
    assert await asyncio.gather(*others) == [shown("b")] * 2
    assert (explain.most, explain.keys) == (1, [("a",), ("b",)])
    assert await misses.nearest("one", ("a",)) == shown("a")
