"""What the tests share: the lab of the wire, and which tests are long."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import HealthCheck, settings

from tests.sockets import Lab

LONG = ("test_any_input", "test_crash", "test_exec", "test_importing", "offline", "test_verifying")
"""Test files, and folders of them, that start processes by the dozen: `make long` runs them, and CI does."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process that a test starts would compile the gateway anew


settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")  # a busy machine is no mistake of the code


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the long ones."""
    for item in items:
        if item.path.stem in LONG or item.path.parent.name in LONG:
            item.add_marker(pytest.mark.long)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """Origins and gateways for one test."""
    async with AsyncExitStack() as stack:
        yield Lab(stack)
