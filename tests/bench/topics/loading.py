"""Loading: a cassette is read faster than PyYAML alone reads the same file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pytest_benchmark.fixture import BenchmarkFixture

from gateway.cassettes.reader import load
from tests.bench.rows import Ratio, Row
from tests.bench.timing import each

ROWS: tuple[Row, ...] = (
    Ratio("load a large cassette: ours : PyYAML's CSafeLoader alone", "load_ours", "load_pyyaml", at_most=0.5),
)


@pytest.fixture(autouse=True)
def _once(turn: int) -> None:
    if turn:
        pytest.skip("seconds long, and far from its limit: one turn is enough")


def bench_load_ours(benchmark: BenchmarkFixture, large_cassette: Path) -> None:
    each(benchmark, load, large_cassette, rounds=1)


def bench_load_pyyaml(benchmark: BenchmarkFixture, large_cassette: Path) -> None:
    each(benchmark, lambda: yaml.load(large_cassette.read_bytes(), yaml.CSafeLoader), rounds=1)
