"""Three gateways over a real Redis decide what one memory decides, step by step; and a hot slice is agreed on by all."""

# ruff: noqa: S311  # chance in a test is no secret
from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.core.state import MemoryState
from gateway.fleet.address import RedisAddress
from gateway.fleet.member import FleetPlace, Member
from tests.fleet.farm import NEEDS_REDIS, RedisServer
from tests.harness.steps import at_once

pytestmark = [pytest.mark.long, NEEDS_REDIS]

ON_EXHAUSTED: Any = ("last", "cycle", "error")
CHOICES = [("one", "two", "three"), ("two", "four")]


@asynccontextmanager
async def members(folder: Path, number: int) -> AsyncIterator[tuple[RedisServer, list[Member]]]:
    """Start a Redis, and gateways' parts in a fleet, in this process."""
    redis = RedisServer(folder)
    await asyncio.to_thread(redis.start)
    joined: list[Member] = []
    try:
        for place in range(number):
            where = FleetPlace(RedisAddress(redis.url), "lab", f"lab-{place}", 5.0, "local")
            joined.append(Member(where, bytes(32), lambda *_, **__: None))
            await joined[-1].start(b"the redaction's key")
        yield redis, joined
    finally:
        for member in joined:
            await member.aclose()
        redis.kill()


async def test_three_gateways_decide_as_one_memory(tmp_path: Path) -> None:
    chance = random.Random(7)
    memory = MemoryState()
    async with members(tmp_path, 3) as (_, fleet):
        for _ in range(1500):
            state: Any = chance.choice(fleet).state
            what, who = chance.randrange(6), f"device-{chance.randrange(12)}"
            if what == 0:
                length, way = chance.randrange(1, 6), chance.choice(ON_EXHAUSTED)
                cursor = f"{length} {way} {who}"
                wanted = at_once(memory.advance(cursor, length, way))
                assert await state.advance(cursor, length, way) == wanted
            elif what == 1:
                choices = chance.choice(CHOICES)
                assert await state.bind(who, choices) == at_once(memory.bind(who, choices))
            elif what == 2:
                assert (await state.count(who, 5.0)).number == at_once(memory.count(who, 5.0)).number
            elif what == 3:
                wanted = at_once(memory.take(who, 5.0, rate=1e-9, capacity=4))
                assert await state.take(who, 5.0, rate=1e-9, capacity=4) == wanted
            elif what == 4:
                assert await state.first("given", who) == at_once(memory.first("given", who))
            elif chance.random() < 0.02:
                memory.rewind()
                state.rewind()
                await state.count("after it", 0.0)  # in the same order, which the link keeps
                for member in fleet:
                    await member.state.count("after it", 0.0)
                memory._counts.pop("after it")
        assert sum(member.outage.local for member in fleet) == 0


async def test_a_slice_that_all_change_at_once_is_one_truth(tmp_path: Path) -> None:
    """Three gateways count one thing in a slice, many calls of each at one time: none is lost."""
    async with members(tmp_path, 3) as (_, fleet):
        judged = 0

        async def count(member: Member) -> None:
            nonlocal judged
            slot = "THR004 in hot"
            while True:
                judged += 1
                before: Any = member.state.slices.get(slot) or 0.0
                if await member.state.agree([(slot, before + 1.0)]):
                    return
                await asyncio.sleep(0)

        await asyncio.gather(*(count(member) for _ in range(200) for member in fleet))
        await fleet[0].state.agree([("THR005 in other", 1.0)])
        while not await fleet[0].state.agree([("THR004 in hot", fleet[0].state.slices.get("THR004 in hot"))]):
            pass
        assert fleet[0].state.slices.get("THR004 in hot") == 600.0
        assert sum(member.outage.local for member in fleet) == 0
        print(f"{judged / 600:.1f} times judged for each call")  # noqa: T201  # a figure


async def test_all_steps_of_a_turn_share_one_pipeline_and_a_warning_is_said_once(tmp_path: Path) -> None:
    async with members(tmp_path, 2) as (_, fleet):
        link = fleet[0].link
        await asyncio.gather(*(fleet[0].state.advance(f"cursor {number}", 3, "last") for number in range(100)))
        before = link.pipelines, link.steps
        await asyncio.gather(*(fleet[0].state.advance(f"cursor {number}", 3, "last") for number in range(100)))
        assert link.pipelines - before[0] <= 2, "and a heartbeat's"
        assert link.steps - before[1] >= 100
        said: list[str] = []
        for member in (*fleet, *fleet):
            member.state.once("dropped", "192.0.2.1", lambda: said.append("dropped"))
        fleet[0].state.name("device", ["roku-1"])
        await asyncio.sleep(0.3)
        assert said == ["dropped"]
        assert fleet[1].state.named("device") == "roku-1"
