"""Ports that a test hands to somebody else to listen on."""

from __future__ import annotations

import random
import socket

BELOW = range(18_000, 32_000)
"""Below those that the kernel gives out by itself, so that no other test gets one between its choice and its use."""
_chosen: set[int] = set()


def free_port() -> int:
    """Return a port on which nobody listens, TCP or UDP, and which nobody else was given by this process."""
    while True:
        port = random.SystemRandom().choice(BELOW)
        if port in _chosen:
            continue
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("", port))
                udp.bind(("", port))
            except OSError:
                continue
        _chosen.add(port)
        return port
