"""The number of descriptors that this process may open, and the number of connections of apps that this allows."""

from __future__ import annotations

import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

WANTED = 65_536
"""The soft limit is raised at most to this value, since some programs look at every descriptor up to their limit."""
OWN = 32
"""Descriptors that the gateway needs itself: standard streams, event loop, listening sockets, cassette, locks, name look-ups."""
MOST = 10_000
"""Largest number of connections of apps, if nothing else limits them. Each takes about 12 KiB."""


def raise_soft_limit() -> None:
    """Raise the soft limit of open descriptors (`ulimit -Sn`) towards the hard one, which only root may raise."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft not in {resource.RLIM_INFINITY, wanted} and soft < wanted:
        with suppress(OSError, ValueError):  # macOS refuses more than kern.maxfilesperproc, for any hard limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connections_that_fit() -> int:
    """Return the largest number of open connections of apps, each with a connection to an upstream: from 1 to `MOST`."""
    if sys.platform == "win32":
        return MOST
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, max(1, (soft - OWN) // 2))
