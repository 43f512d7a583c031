"""The event loop of the gateway, and the standard streams."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress


def new_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest event loop: uvloop's, or else asyncio's."""
    open_standard_streams()
    with suppress(ImportError):  # uvloop does not support this platform
        import uvloop  # noqa: PLC0415  # it is optional

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def open_standard_streams() -> None:
    """Open /dev/null for each of the descriptors 0 to 2 that is closed.

    Otherwise the loop, a socket or a cassette would get their numbers. Then uvloop aborts, and the text for stderr would go into a
    cassette.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(opened, True)  # commands of the gateway inherit them
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  # it is a descriptor, and stays open
