"""The event loop that everything of ours runs on."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress


def new_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest loop there is."""
    open_standard_streams()
    with suppress(ImportError):  # no uvloop for this platform
        import uvloop  # noqa: PLC0415  # it is optional

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def open_standard_streams() -> None:
    """Open the descriptors 0 to 2 that are closed on /dev/null.

    Otherwise the loop, a socket or a cassette would be given their numbers: uvloop aborts then, and what is said on stderr
    would go into a cassette.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(opened, True)  # a command that we run has them as well
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  # it is a descriptor, and stays open
