"""Redacting: what it costs to make an exchange safe to write, and to write it."""

from __future__ import annotations

from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from tests.bench import traffic
from tests.bench.rows import Row, Time
from tests.bench.timing import each

ROWS: tuple[Row, ...] = (
    Time("redact and write a sample exchange, warm", "redact_and_write", at_most=30),
    Time("  of which redact", "redact_warm"),
    Time("  of which the last look for leaks", "look_for_leaks"),
    Time("redact a sample exchange of a new device, cold", "redact_cold"),
)


def bench_redact_and_write(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    redaction, request, numbers = traffic.redaction(), traffic.request(), traffic.numbers()

    with Writer(tmp_path / "cassette.yaml") as writer:

        def one() -> None:
            made = traffic.leg(redaction, request, next(numbers))
            assert not made.leaks
            writer.append([dump(made.interaction)])

        benchmark(one)


def bench_redact_warm(benchmark: BenchmarkFixture) -> None:
    redaction, request, numbers = traffic.redaction(), traffic.request(), traffic.numbers()
    benchmark(lambda: traffic.interaction(redaction, request, next(numbers)))


def bench_look_for_leaks(benchmark: BenchmarkFixture) -> None:
    redaction, numbers = traffic.redaction(), traffic.numbers()

    def another() -> tuple[object]:
        return (traffic.interaction(redaction, traffic.request(), next(numbers)),)

    each(benchmark, redaction.leaks, made=another, rounds=1000)


def bench_redact_cold(benchmark: BenchmarkFixture) -> None:
    redaction, numbers = traffic.redaction(), traffic.numbers()

    def another() -> tuple[object, ...]:
        number = next(numbers)
        return redaction, traffic.request(number, number + 1), number

    each(benchmark, traffic.interaction, made=another, rounds=1000)
