"""The event loop that everything of ours runs on."""

from __future__ import annotations

import asyncio
from contextlib import suppress


def new_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest loop there is."""
    with suppress(ImportError):  # there is none for this platform
        import uvloop  # noqa: PLC0415  # it is optional

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()
