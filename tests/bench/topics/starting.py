"""Starting: what a command costs before it does anything, in times of importing aiohttp alone. It is processor time, children's included."""

from __future__ import annotations

import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench import traffic
from tests.bench.machine import cpu_seconds
from tests.bench.rows import Ratio, Row
from tests.bench.timing import each

ROWS: tuple[Row, ...] = (
    Ratio("gateway run to its first answer : import aiohttp", "start_run", "import_aiohttp", at_most=2),
    Ratio("gateway --help : import aiohttp", "start_help", "import_aiohttp", at_most=1),
)
TIMES = 9
GATEWAY = str(Path(sys.executable).with_name("gateway"))


def measured(benchmark: BenchmarkFixture, once: Callable[[], float]) -> None:
    once()  # whatever is compiled once is compiled now
    benchmark.extra_info["value"] = median(once() for _ in range(TIMES))
    each(benchmark, lambda: None, rounds=1)


def used(*command: str) -> float:
    """Run a command to its end, and return the seconds of processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  # our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bench_import_aiohttp(benchmark: BenchmarkFixture) -> None:
    measured(benchmark, lambda: used(sys.executable, "-c", "import aiohttp"))


def bench_start_help(benchmark: BenchmarkFixture) -> None:
    measured(benchmark, lambda: used(GATEWAY, "--help"))


def bench_start_run(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A replay of seven interactions: its process is asked once, and looked at when it has answered."""
    cassette = traffic.cassette(tmp_path / "seven.yaml", 7)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    environ["GATEWAY_REDACTION_KEY"] = traffic.KEY.hex()
    command = [GATEWAY, "run", "--mode", "replay", "--port", "0", "--cassette", str(cassette)]
    asked = traffic.on_the_wire(traffic.requests(1)[0]).encode("latin-1")

    def once() -> float:
        with subprocess.Popen(  # noqa: S603  # our own
            command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            try:
                ready = re.search(r"http://[^:]+:(\d+)", process.stdout.readline())
                assert ready is not None
                with socket.create_connection(("127.0.0.1", int(ready[1]))) as connection:
                    connection.sendall(asked)
                    assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
                seconds = cpu_seconds(process.pid)
            finally:
                process.terminate()
        if seconds is None:
            pytest.skip("the processor time of a process is not told here")
        return seconds

    measured(benchmark, once)
