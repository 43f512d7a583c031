"""Offline tests: a suite with the pytest plugin takes as long as the same suite with vcrpy, whole runs of pytest side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.rows import Ratio, Row
from tests.bench.timing import each
from tests.offline_suite import DISH, write_cassette

TESTS = 300
LIMIT = 1.15
ROWS: tuple[Row, ...] = (
    Ratio(f"a suite of {TESTS} tests, one call in each: the plugin : vcrpy", "one_plugin", "one_vcrpy", at_most=LIMIT),
    Ratio("the same, a sign-out of two calls in each: the plugin : vcrpy", "two_plugin", "two_vcrpy", at_most=LIMIT),
)

HEAD = """
import pytest, requests
HEADERS = {"AP-Device-Identifier": "fingerprint MDAwMDAwMDAwMDAwMDAwMDAwMDByb2t1", "Accept": "application/json"}
def sign_out(origin):
    for number, target in enumerate(TARGETS, 1):
        assert requests.get(origin + target, headers=HEADERS).json() == {"number": number}
"""
PLUGIN = f"""
@pytest.mark.parametrize("n", range({TESTS}))
def test_it(gateway, n):
    sign_out(gateway.url)
"""
VCRPY = f"""
import vcr
@pytest.mark.parametrize("n", range({TESTS}))
def test_it(n):
    with vcr.use_cassette(f"cassettes/test_suite/test_it[{{n}}].yaml", record_mode="none"):
        sign_out("https://api.auth.adobe.com")
"""
TOOLS = {"plugin": PLUGIN, "vcrpy": VCRPY}
CALLS = {"one": (DISH,), "two": ("/api/v2/REF30/profiles", DISH)}


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The suites; each test has a cassette of its own."""
    made = {}
    for (calls, targets), tool in product(CALLS.items(), TOOLS):
        made[f"{calls}_{tool}"] = folder = tmp_path_factory.mktemp(tool)
        write_suite(folder, tool, targets)
        run(folder)  # whatever is compiled once is compiled now
    return made


def write_suite(folder: Path, tool: str, targets: Sequence[str]) -> None:
    """Write the suite of a tool, whose tests make a call for each target."""
    folder.joinpath("test_suite.py").write_text(f"TARGETS = {tuple(targets)!r}\n{HEAD}{TOOLS[tool]}", "utf-8")
    folder.joinpath("pytest.ini").write_text("[pytest]\n", "utf-8")
    for number in range(TESTS):
        write_cassette(folder / "cassettes" / "test_suite" / f"test_it[{number}].yaml", *targets)


def run(folder: Path) -> None:
    """Run a suite in a process of its own, with no plugin that neither needs."""
    without = [
        f"no:{name}"
        for name in ("benchmark", "hypothesispytest", "asyncio", "aiohttp", "anyio", "xdist", "cacheprovider")
    ]
    options = [option for name in without for option in ("-p", name)]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # pytest rewrites the modules of plugins, and keeps what it made
    environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    ran = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-m", "pytest", "-q", *options], cwd=folder, env=environ, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stdout.decode()


def bench_one_plugin(benchmark: BenchmarkFixture, suites: dict[str, Path]) -> None:
    each(benchmark, run, suites["one_plugin"], rounds=1)


def bench_one_vcrpy(benchmark: BenchmarkFixture, suites: dict[str, Path]) -> None:
    each(benchmark, run, suites["one_vcrpy"], rounds=1)


def bench_two_plugin(benchmark: BenchmarkFixture, suites: dict[str, Path]) -> None:
    each(benchmark, run, suites["two_plugin"], rounds=1)


def bench_two_vcrpy(benchmark: BenchmarkFixture, suites: dict[str, Path]) -> None:
    each(benchmark, run, suites["two_vcrpy"], rounds=1)
