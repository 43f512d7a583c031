"""Loading: a cassette is ready in a tenth of the processor time that PyYAML alone takes to read the same file, however long it is."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import pytest
import yaml
from pytest_benchmark.fixture import BenchmarkFixture

from gateway.cassettes.format import HEAD
from gateway.cassettes.parsing import parse
from gateway.cassettes.reader import load
from tests.bench.rows import Ratio, Row, Size
from tests.bench.timing import each
from tests.bench.topics.matching import player

ROWS: tuple[Row, ...] = (
    Ratio("a large cassette ready to be played : PyYAML's CSafeLoader alone", "ready", "load_pyyaml", at_most=0.1),
    Ratio("  a large cassette ten times as large : that", "ready_ten_times", "ready", at_most=10.5),
    Ratio("  a large cassette in the form of another tool : PyYAML", "load_strictly", "load_pyyaml", at_most=0.5),
    Size("memory of a large cassette ready to be played", "memory", at_most=40),
)

MEASURED = """
import gc, sys
from pathlib import Path
from gateway.cassettes.reader import load
from tests.bench.topics.matching import player

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

player([])
before = resident()
cassette = load(Path(sys.argv[1]))
played = player(cassette.interactions)
print(resident() - before)
"""
"""What the memory is measured with: a process that has imported everything, and has a player of nothing."""


@pytest.fixture(autouse=True)
def _once(turn: int) -> None:
    if turn:
        pytest.skip("seconds long, and far from its limit: one turn is enough")


@pytest.fixture(scope="session")
def ten_times(large_cassette: Path) -> Path:
    """The same interactions ten times, of other MVPDs each time."""
    blocks = large_cassette.read_bytes().removeprefix(HEAD)
    path = large_cassette.with_name("ten-times.yaml")
    path.write_bytes(HEAD + b"".join([blocks.replace(b"/logout/", b"/logout/%dx" % number) for number in range(10)]))
    return path


def measured(benchmark: BenchmarkFixture, work: Callable[[], object], times: int = 1) -> None:
    """Take the processor time: a second of it is often more than a second, and these are long."""

    def once() -> float:
        gc.collect()
        begin = process_time()
        made = work()
        spent = process_time() - begin
        del made
        return spent

    benchmark.extra_info["value"] = median(once() for _ in range(times))
    each(benchmark, lambda: None, rounds=1)


def bench_ready(benchmark: BenchmarkFixture, large_cassette: Path) -> None:
    measured(benchmark, lambda: player(load(large_cassette).interactions), times=5)


def bench_ready_ten_times(benchmark: BenchmarkFixture, ten_times: Path) -> None:
    measured(benchmark, lambda: player(load(ten_times).interactions), times=3)


def bench_load_strictly(benchmark: BenchmarkFixture, large_cassette: Path) -> None:
    measured(benchmark, lambda: parse(large_cassette, large_cassette.read_bytes()))


def bench_load_pyyaml(benchmark: BenchmarkFixture, large_cassette: Path) -> None:
    measured(benchmark, lambda: yaml.load(large_cassette.read_bytes(), yaml.CSafeLoader))


def bench_memory(benchmark: BenchmarkFixture, large_cassette: Path) -> None:
    command = [sys.executable, "-c", MEASURED, str(large_cassette)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own
    benchmark.extra_info["value"] = int(told.stdout)
    each(benchmark, lambda: None, rounds=1)
