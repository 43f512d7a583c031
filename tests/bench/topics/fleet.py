"""A fleet: what a replayed exchange costs a gateway in processor time through Redis, beside one that remembers all by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.machine import cpu_seconds
from tests.bench.rows import Ratio, Row, Time
from tests.bench.timing import each
from tests.fleet.farm import NEEDS_REDIS, Farm, TestDevice, farm, sequence, until

DEVICES, CALLS = 32, 60
ROWS: tuple[Row, ...] = (
    Time("replay of a sequence: processor time of an exchange, in memory", "fleet_memory"),
    Time("the same through Redis", "fleet_redis"),
    Ratio("replay of a sequence: through Redis : in memory", "fleet_redis", "fleet_memory"),
    Time("the same through Redis, audit off", "fleet_redis_unaudited"),
    Time("the same in memory, audit off", "fleet_memory_unaudited"),
    Time("Redis itself: processor time of an exchange", "fleet_redis_itself"),
)
pytestmark = NEEDS_REDIS


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Farm]:
    sequence(tmp_path / "cassettes" / "seq.yaml")
    with farm(tmp_path) as made:
        yield made


async def plays(port: int) -> None:
    async def play(device: TestDevice) -> None:
        for _ in range(CALLS):
            status, _ = await device.ask()
            assert status == 200
        device.leave()

    await asyncio.gather(*(play(TestDevice(number, port, each=CALLS)) for number in range(DEVICES)))


def measured(benchmark: BenchmarkFixture, lab: Farm, *, of_redis: bool = False, **settings: Any) -> None:
    """Note the processor time of an exchange: of the gateway, or of Redis."""
    (member,) = lab.gateways(
        1, mode="replay", cassettes={"name": "seq", "dir": "../cassettes", "on_exhausted": "cycle"}, **settings
    )
    in_fleet = settings.get("fleet", {}) is not None

    def play(times: int) -> None:
        """Have the devices play, until all gateways could see it."""
        asyncio.run(plays(member.port))
        if in_fleet:
            until(lambda: lab.redis.client.xlen("pass-gateway:{lab}:exchanges") == times * DEVICES * CALLS)

    play(1)
    process = lab.redis.pid if of_redis else member.pid
    before = cpu_seconds(process)
    play(2)
    after = cpu_seconds(process)
    if before is None or after is None:
        pytest.skip("the processor time of a process is not told here")
    benchmark.extra_info["value"] = (after - before) / (DEVICES * CALLS)
    each(benchmark, lambda: None, rounds=1)


def bench_fleet_memory(benchmark: BenchmarkFixture, lab: Farm) -> None:
    measured(benchmark, lab, fleet=None)


def bench_fleet_redis(benchmark: BenchmarkFixture, lab: Farm) -> None:
    measured(benchmark, lab)


def bench_fleet_memory_unaudited(benchmark: BenchmarkFixture, lab: Farm) -> None:
    measured(benchmark, lab, fleet=None, audit={"mode": "off"})


def bench_fleet_redis_unaudited(benchmark: BenchmarkFixture, lab: Farm) -> None:
    measured(benchmark, lab, audit={"mode": "off"})


def bench_fleet_redis_itself(benchmark: BenchmarkFixture, lab: Farm) -> None:
    measured(benchmark, lab, of_redis=True)
