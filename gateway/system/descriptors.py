"""How many descriptors this process may open, and how many connections of apps fit into that."""

from __future__ import annotations

import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

WANTED = 65_536
"""The soft limit is raised to this at most; some programs walk through every descriptor that they may have."""
OWN = 32
"""Descriptors that the gateway needs itself: standard streams, event loop, listening sockets, cassette, locks, name look-ups."""
MOST = 10_000
"""Connections of apps where nothing else limits them. Each costs about 12 KiB."""


def raise_soft_limit() -> None:
    """Raise the soft limit of open descriptors (`ulimit -Sn`) towards the hard one, which only root may raise."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft not in {resource.RLIM_INFINITY, wanted} and soft < wanted:
        with suppress(
            OSError, ValueError
        ):  # macOS refuses more than kern.maxfilesperproc, whatever the hard limit says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connections_that_fit() -> int:
    """Return how many connections of apps can be open at once, each with one to an upstream; at least 1, at most `MOST`."""
    if sys.platform == "win32":
        return MOST
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, max(1, (soft - OWN) // 2))
