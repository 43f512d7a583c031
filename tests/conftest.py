"""What the tests of the wire share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.wire import Lab


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """Origins and gateways for one test."""
    async with AsyncExitStack() as stack:
        yield Lab(stack)
