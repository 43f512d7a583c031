"""Waits for an event, with the patience of all tests."""

from __future__ import annotations

import asyncio

from tests.harness.sockets import PATIENCE


async def event(happens: asyncio.Event) -> None:
    await asyncio.wait_for(happens.wait(), PATIENCE)
