"""Sockets that systemd has opened for this process: it may then listen on port 443 without being root, and restart without a gap.

Facts (sd_listen_fds(3))
-----
* `LISTEN_PID` names the process that is meant, `LISTEN_FDS` says how many there are, from descriptor 3 on.
* `LISTEN_FDNAMES` has their names, with colons between: `FileDescriptorName=` of the socket's unit, or the unit's own name.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping

FIRST = 3
"""The first descriptor that is handed over."""


def activated(environ: Mapping[str, str], names: Iterable[str], otherwise: str) -> dict[str, list[socket.socket]]:
    """Return the listening TCP sockets that were handed over, by the name among `names` that each has; others are `otherwise`'s.

    A descriptor that is no such socket is left alone.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    count = environ.get("LISTEN_FDS", "")
    called = environ.get("LISTEN_FDNAMES", "").split(":")
    known = set(names)
    found: dict[str, list[socket.socket]] = {}
    for at in range(int(count) if count.isascii() and count.isdigit() else 0):
        name = called[at] if at < len(called) and called[at] in known else otherwise
        try:
            handed = socket.socket(fileno=FIRST + at)
        except OSError:  # no socket, or no descriptor
            continue
        if handed.type != socket.SOCK_STREAM or not handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            handed.detach()
            continue
        handed.setblocking(False)
        handed.set_inheritable(False)
        found.setdefault(name, []).append(handed)
    return found
