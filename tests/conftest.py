"""What the tests share: the lab of the wire, and which tests are long."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.harness.lab import Lab

LONG = (
    "cassettes/converters/test_any_input.py",
    "offline",
    "scrubbing/test_importing.py",
    "test_crash.py",
    "verifying",
)
"""Test files, and folders of them, that start processes by the dozen: `make long` runs them, and CI does."""

HERE = Path(__file__).parent

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process that a test starts would compile the gateway anew


for profile, count in (("suite", 25), ("long", 100), ("fuzz", 1000)):
    settings.register_profile(
        profile,
        max_examples=count,
        derandomize=profile != "fuzz",  # one change, one result: `make fuzz` looks for what nobody has seen
        deadline=None,  # a busy machine is no mistake of the code
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read the long ones where none of them runs."""
    within = collection_path.is_relative_to(HERE) and collection_path.relative_to(HERE).as_posix()
    return True if config.option.markexpr == "not long" and str(within).startswith(LONG) else None


def pytest_collection() -> None:
    """Build the commands once, and not for each command that a test calls; collect no garbage while tests are collected."""
    gc.disable()
    import typer.testing  # noqa: PLC0415  # here, or the process that hands out the tests imports it too: as the lab

    vars(typer.testing)["_get_command"] = cache(typer.main.get_command)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the long ones."""
    for item in items:
        if item.path.relative_to(HERE).as_posix().startswith(LONG):
            item.add_marker(pytest.mark.long)


def pytest_collection_finish() -> None:
    """Take what was imported and collected out of the garbage collector's sight: thousands of items are looked at each time."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """Origins and gateways for one test."""
    from tests.harness.lab import Lab  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        yield Lab(stack)
