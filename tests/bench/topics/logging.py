"""Logging: what a line costs an exchange, as JSON and for a person, until it is handed to the thread that writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace
from pytest_benchmark.fixture import BenchmarkFixture

from gateway.core.devices import Devices
from gateway.core.model import Exchange, Finding, Leg
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.exchanges.log import Log, LogSettings
from gateway.exchanges.logger import configure
from tests.bench import traffic
from tests.bench.rows import Row, Time

ROWS: tuple[Row, ...] = (
    Time("log line of an exchange, JSON, nothing found", "log_json"),
    Time("log line of an exchange, JSON, three findings that were told before", "log_json_findings"),
    Time("log line of an exchange, for a person, three findings that were told before", "log_console"),
)
AT = 1_724_090_000.0
ADDRESS = "192.168.0.7"
FOUND = tuple(
    Finding(f"HDR00{number + 1}", "warning", f"header X-{number}", "no such header", "one") for number in range(3)
)


class Nowhere:
    """Takes lines, and does nothing with them."""

    def write(self, _: str) -> None:
        pass

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


def logging(*findings: Finding, form: Literal["json", "console"] = "json") -> Callable[[], object]:
    """Return what logs replayed logouts of twenty devices in turn."""
    settings = LogSettings(format=form)
    log = Log(configure(Nowhere(), settings, {"COLUMNS": "120"}), settings).of(Redaction(bytes(32)), MemoryState())
    devices, numbers = Devices(bytes(32), MemoryState()), traffic.numbers()
    reply = replace(traffic.response(), source="cassette")
    exchanges = []
    for number in range(1000):
        asked = traffic.request(number, number % traffic.DEVICES + 1)
        asked = replace(asked, client=ADDRESS, device=devices.of(asked, ADDRESS), upstream="staging")
        exchanges.append(Exchange(f"a-{number}", asked, (Leg(asked, reply, 1.0),), reply, 12.345, findings, AT))
    for exchange in exchanges:
        log.ended(exchange)
    return lambda: log.ended(exchanges[next(numbers) % 1000])


def bench_log_json(benchmark: BenchmarkFixture) -> None:
    benchmark(logging())


def bench_log_json_findings(benchmark: BenchmarkFixture) -> None:
    benchmark(logging(*FOUND))


def bench_log_console(benchmark: BenchmarkFixture) -> None:
    benchmark(logging(*FOUND, form="console"))
