"""Offline tests: a suite with the pytest plugin takes as long as the same suite with vcrpy, whole runs of pytest side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.bench.rows import Ratio, Row
from tests.bench.timing import each
from tests.offline_suite import DISH, write_cassette

TESTS = 300
ROWS: tuple[Row, ...] = (
    Ratio(f"a suite of {TESTS} tests: the plugin : vcrpy", "suite_plugin", "suite_vcrpy", at_most=1.15),
)

HEAD = f"""
import pytest, requests
TARGET = {DISH!r}
HEADERS = {{"AP-Device-Identifier": "fingerprint MDAwMDAwMDAwMDAwMDAwMDAwMDByb2t1", "Accept": "application/json"}}
"""
PLUGIN = f"""{HEAD}
@pytest.mark.parametrize("n", range({TESTS}))
def test_it(gateway, n):
    assert requests.get(gateway.url + TARGET, headers=HEADERS).json() == {{"number": 1}}
"""
VCRPY = f"""{HEAD}
import vcr
@pytest.mark.parametrize("n", range({TESTS}))
def test_it(n):
    with vcr.use_cassette(f"cassettes/test_suite/test_it[{{n}}].yaml", record_mode="none"):
        assert requests.get("https://api.auth.adobe.com" + TARGET, headers=HEADERS).json() == {{"number": 1}}
"""


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The two suites; each test has a cassette of its own."""
    made = {}
    for name, text in (("plugin", PLUGIN), ("vcrpy", VCRPY)):
        made[name] = folder = tmp_path_factory.mktemp(name)
        folder.joinpath("test_suite.py").write_text(text, "utf-8")
        folder.joinpath("pytest.ini").write_text("[pytest]\n", "utf-8")
        for number in range(TESTS):
            write_cassette(folder / "cassettes" / "test_suite" / f"test_it[{number}].yaml", DISH)
        run(folder)  # whatever is compiled once is compiled now
    return made


def run(folder: Path) -> None:
    """Run a suite in a process of its own, with no plugin that neither needs."""
    without = [
        f"no:{name}"
        for name in ("benchmark", "hypothesispytest", "asyncio", "aiohttp", "anyio", "xdist", "cacheprovider")
    ]
    options = [option for name in without for option in ("-p", name)]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(
        folder / "compiled"
    )  # pytest rewrites the modules of plugins, and keeps what it made
    ran = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-m", "pytest", "-q", *options], cwd=folder, env=environ, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stdout.decode()


def bench_suite_plugin(benchmark: BenchmarkFixture, suites: dict[str, Path]) -> None:
    each(benchmark, run, suites["plugin"], rounds=1)


def bench_suite_vcrpy(benchmark: BenchmarkFixture, suites: dict[str, Path]) -> None:
    each(benchmark, run, suites["vcrpy"], rounds=1)
