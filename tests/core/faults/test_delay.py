"""Delays."""

from __future__ import annotations

from math import log
from statistics import mean, median, stdev

import pytest

from gateway.core.faults.delay import Delay, Distribution, Fixed, LogNormal, Uniform, _distribution
from tests.core.faults.calls import Plan, request
from tests.harness.for_each import for_each


async def drawn(distribution: Distribution, calls: int = 1000) -> list[float]:
    plan = Plan(Delay(distribution))
    effects = [await plan.at(request()) for _ in range(calls)]
    return [effect.delay for effect in effects if effect is not None]


async def test_a_fixed_delay_is_the_same_each_time() -> None:
    assert set(await drawn(Fixed(2.0), 5)) == {2.0}


async def test_a_uniform_delay_lies_between_two_times() -> None:
    times = await drawn(Uniform(1.0, 3.0))
    assert 1 <= min(times) < 1.05
    assert 2.95 < max(times) < 3
    assert mean(times) == pytest.approx(2, abs=0.1)


async def test_a_log_normal_delay_has_its_median_and_its_sigma() -> None:
    times = await drawn(LogNormal(0.2, 0.5))
    assert median(times) == pytest.approx(0.2, rel=0.08)
    assert stdev(map(log, times)) == pytest.approx(0.5, rel=0.08)
    assert set(await drawn(LogNormal(0.2, 0.0), 5)) == {0.2}
    assert max(await drawn(LogNormal(3600.0, 10.0), 50)) == 3600


async def test_what_is_drawn_is_the_same_in_every_run() -> None:
    assert await drawn(Uniform(1.0, 3.0), 5) == await drawn(Uniform(1.0, 3.0), 5)


@for_each(
    ("written", "read"),
    [
        (2, Fixed(2.0)), ("500ms", Fixed(0.5)), (0, Fixed(0.0)),
        ({"lower": 1, "upper": "3s"}, Uniform(1.0, 3.0)), ({"median": "200ms", "sigma": 0.4}, LogNormal(0.2, 0.4)),
        ({"lower": 3, "upper": 1}, None), ({"lower": 1}, None), ({"median": 1, "sigma": -1}, None), ({"median": 1, "sigma": 11}, None),
        ({"lower": 1, "upper": 2, "sigma": 1}, None), (-1, None), ("x", None), (None, None), ([1, 2], None), ({}, None),
    ],
)  # fmt: skip
def test_how_it_is_written(written: object, read: Distribution | None) -> None:
    assert _distribution(written) == read
