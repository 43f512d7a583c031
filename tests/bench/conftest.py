"""What the benchmarks inside a process share. `tests.bench.inside` runs them; a plain pytest run does not see them."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.core.model import Interaction
from tests.bench import traffic


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--turns", type=int, default=1, help="How often all benchmarks run, one after another.")
    parser.addoption("--many", type=int, default=10_000, help="How many interactions are loaded, and recorded.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("turn", range(metafunc.config.getoption("--turns")), indirect=True, scope="session")


@pytest.fixture(scope="session", autouse=True)
def turn(request: pytest.FixtureRequest) -> int:
    """The number of the turn. Being the session's, it makes pytest run everything once before it runs anything again."""
    return int(request.param)


@pytest.fixture(scope="session")
def ten_thousand() -> Sequence[Interaction]:
    """The collector does not walk them: what other benchmarks make is not to pay for their being there."""
    made = traffic.interactions(10_000)
    gc.collect()
    gc.freeze()
    return made


@pytest.fixture(scope="session")
def many(request: pytest.FixtureRequest) -> int:
    """Ten thousand, or fewer where a first look is enough and each would cost a millisecond."""
    return int(request.config.getoption("--many"))


@pytest.fixture(scope="session")
def large_cassette(tmp_path_factory: pytest.TempPathFactory, many: int) -> Path:
    return traffic.cassette(tmp_path_factory.mktemp("large") / "large.yaml", many)
