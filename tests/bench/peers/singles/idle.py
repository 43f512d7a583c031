"""Keep-alive connections that have had an answer each and are idle: the memory that each of them takes."""

from __future__ import annotations

import re
import resource
import selectors
import socket
import time
from contextlib import ExitStack
from math import inf

from tests.bench.peers import workloads
from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.running import BrokenError
from tests.bench.peers.systems import Ground, System, gateway

ALLOWING = System(
    "gateway, replay, 12,000 connections", gateway("replay", 7, settings={"limits": {"max_connections": 12_000}})
)
"""By itself it accepts at most 10,000, less where there are few descriptors, and closes idle ones for others."""
DESCRIPTORS = 30_000
SPARE = 200
"""Descriptors that a process needs for other things."""
AT_ONCE = 200
WARM = 500
"""Connections before memory is first looked at: what is made once is made by then."""


def raise_descriptors() -> None:
    """Let this process, and what it starts, have as many descriptors as ten thousand connections need, or as many as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (max(hard, DESCRIPTORS), hard):  # root may raise the hard limit
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        except (OSError, ValueError):
            continue
        return


def measure(ground: Ground, results: Results, *, count: int) -> None:
    """Put bytes a connection into `results.singles`: `idle connection`. With too few descriptors there are fewer connections."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(count, descriptors // 2 - SPARE)  # the gateway keeps one for an upstream beside each
    progress(f"{count:,} idle connections")
    head = workloads.on_the_wire(workloads.seven()[:1]).encode("latin-1")
    with ALLOWING.started(ground, ground.cores.tested) as process, ExitStack() as stack:
        opened = _open(stack, process.port, WARM, head)
        before = process.memory()
        opened += _open(stack, process.port, count - WARM, head)
        time.sleep(1)
        after = process.memory()
        _expect_open(opened)
        results.add("idle connection", (after - before) / (count - WARM))


def _open(stack: ExitStack, port: int, count: int, head: bytes) -> list[socket.socket]:
    """Open connections, some at a time, each with one request and its whole answer."""
    made: list[socket.socket] = []
    for at in range(0, count, AT_ONCE):
        some = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 20))
            for _ in range(min(AT_ONCE, count - at))
        ]
        for connection in some:
            connection.sendall(head)
        for connection in some:
            data = b""
            while len(data) < _length(data):
                got = connection.recv(65536)
                if not got:
                    raise BrokenError("closed too early", data)
                data += got
        made += some
    return made


def _length(data: bytes) -> float:
    """Return how long the answer is that begins so; for ever, while its head is not complete."""
    head, end, _ = data.partition(b"\r\n\r\n")
    found = re.search(rb"\r\ncontent-length: *([0-9]+)", head, re.IGNORECASE)
    return len(head) + len(end) + int(found[1]) if end and found else inf


def _expect_open(opened: list[socket.socket]) -> None:
    """Insist that none has been closed. Raises BrokenError."""
    with selectors.DefaultSelector() as waiting:
        for connection in opened:
            waiting.register(connection, selectors.EVENT_READ)
        closed = waiting.select(0)
    if closed:
        raise BrokenError("idle connections closed", f"{len(closed):,} of {len(opened):,}")
