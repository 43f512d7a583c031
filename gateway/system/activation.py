"""Sockets that systemd has opened for this process. With them it can listen on port 443 without being root, and restart without a gap.

Facts (sd_listen_fds(3))
-----
* `LISTEN_PID` is the id of the process that gets the sockets. `LISTEN_FDS` is their number, from descriptor 3 on.
* `LISTEN_FDNAMES` has their names, separated by colons: `FileDescriptorName=` of the socket's unit, or the unit's own name.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping

FIRST = 3
"""The first descriptor that systemd passes."""


def activated(environ: Mapping[str, str], names: Iterable[str], otherwise: str) -> dict[str, list[socket.socket]]:
    """Return the listening TCP sockets from systemd, by their names. A socket whose name is not in `names` is under `otherwise`.

    A descriptor that is not a listening TCP socket is ignored.
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
        except OSError:  # not a socket, or not open
            continue
        if handed.type != socket.SOCK_STREAM or not handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            handed.detach()
            continue
        handed.setblocking(False)
        handed.set_inheritable(False)
        found.setdefault(name, []).append(handed)
    return found
