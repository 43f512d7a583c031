"""Appending: a recording's cost does not grow with what was recorded before."""

from __future__ import annotations

from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from tests.bench import traffic
from tests.bench.rows import Ratio, Row, Time
from tests.bench.timing import each

ROWS: tuple[Row, ...] = (
    Ratio("append: the 10,000th : the 10th", "append_ten_thousandth", "append_tenth", at_most=1.5),
    Ratio(
        "record a new device (redact, look, dump, append): the 10,000th : the 10th",
        "record_ten_thousandth",
        "record_tenth",
        at_most=1.5,
    ),
    Time("dump: an interaction to its text", "dump_interaction"),
    Ratio("append 32 that come at once : one", "append_at_once", "append_tenth", at_most=8),
)
ROUNDS = 300
"""Appends whose median counts: the 10th to the 309th, and the 10,000th to the 10,299th."""


def bench_append_tenth(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    append(benchmark, tmp_path, after=9)


def bench_append_ten_thousandth(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    append(benchmark, tmp_path, after=9_999)


def bench_append_at_once(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """They share one write, as those of 32 connections do."""
    block = dump(traffic.interaction(traffic.redaction(), traffic.request(), 0))
    with Writer(tmp_path / "cassette.yaml") as writer:
        writer.append([block])
        each(benchmark, writer.append, [block] * 32, rounds=ROUNDS)


def append(benchmark: BenchmarkFixture, folder: Path, after: int) -> None:
    block = dump(traffic.interaction(traffic.redaction(), traffic.request(), 0))
    with Writer(folder / "cassette.yaml") as writer:
        for _ in range(after):
            writer.append([block])
        each(benchmark, writer.append, [block], rounds=ROUNDS)


def bench_record_tenth(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    record(benchmark, tmp_path, after=9)


def bench_record_ten_thousandth(benchmark: BenchmarkFixture, tmp_path: Path, many: int) -> None:
    record(benchmark, tmp_path, after=many - 1)


def record(benchmark: BenchmarkFixture, folder: Path, after: int) -> None:
    """Every exchange is of a device that was not met before: the secrets that are looked for grow with each."""
    redaction = traffic.redaction()
    numbers = traffic.numbers()

    with Writer(folder / "cassette.yaml") as writer:

        def one() -> None:
            number = next(numbers)
            made = traffic.leg(redaction, traffic.request(number, number + 1), number)
            assert not made.leaks
            writer.append([dump(made.interaction)])

        for _ in range(after):
            one()
        each(benchmark, one, rounds=ROUNDS)


def bench_dump_interaction(benchmark: BenchmarkFixture) -> None:
    benchmark(dump, traffic.interaction(traffic.redaction(), traffic.request(), 0))
