"""Redacting: what it costs to make an exchange safe to write, and to write it."""

from __future__ import annotations

from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from gateway.core.devices import Devices
from gateway.core.model import Finding, Request
from gateway.core.saying import Saying, said_of
from gateway.core.state import MemoryState
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.redactor import Recording
from tests.bench import traffic
from tests.bench.rows import Row, Time
from tests.bench.timing import each
from tests.harness.steps import at_once

FINDINGS = (
    Finding("INFO004", "warning", "header X-Device-Info", "Base64 of JSON that breaks off at line 6", "Base64 of JSON"),
)

ROWS: tuple[Row, ...] = (
    Time("redact and write a sample exchange, warm", "redact_and_write", at_most=30),
    Time("  of which redact", "redact_warm"),
    Time("  of which the last look for leaks", "look_for_leaks"),
    Time("redact a sample exchange of a new device, cold", "redact_cold"),
    Time("a block for a new target of a known device", "block_of_new_target"),
    Time("find a new device", "find_new_device"),
    Time("say what was found of a new device without its secrets", "say_of_new_device"),
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


def bench_block_of_new_target(benchmark: BenchmarkFixture) -> None:
    redactor, numbers = BackgroundRedactor(traffic.redaction()), traffic.numbers()

    def another() -> tuple[Request, dict[str, object]]:
        number = next(numbers)
        at = f"2026-11-21T00:00:00.{number % 1000:03}Z"
        return traffic.request(number + 1, number % traffic.DEVICES), {
            "id": f"{number:x}",
            "elapsed_ms": 1,
            "recorded_at": at,
        }

    def record(asked: Request, about: dict[str, object]) -> Recording:
        at = str(about["recorded_at"])
        return at_once(redactor.record(asked, traffic.response(), origin=traffic.ORIGIN, recorded_at=at, about=about))

    for _ in range(5 * traffic.DEVICES):
        record(*another())
    each(benchmark, record, made=another, rounds=1000)


def bench_find_new_device(benchmark: BenchmarkFixture) -> None:
    devices, numbers = Devices(traffic.KEY, MemoryState()), traffic.numbers()
    each(benchmark, devices.of, made=lambda: (traffic.request(0, next(numbers) + 1), "127.0.0.1"), rounds=1000)


def bench_say_of_new_device(benchmark: BenchmarkFixture) -> None:
    redaction, numbers = traffic.redaction(), traffic.numbers()

    def say(asked: Request) -> object:
        return said_of(Saying(redaction, asked), FINDINGS)

    each(benchmark, say, made=lambda: (traffic.request(0, next(numbers) + 1),), rounds=1000)
