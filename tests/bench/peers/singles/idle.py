"""Keep-alive connections that have had an answer each and are idle: the memory that each of them takes."""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import ExitStack

from tests.bench.peers import workloads
from tests.bench.peers.contests import REPLAY
from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.running import BrokenError
from tests.bench.peers.systems import Ground

AT_ONCE = 200
WARM = 500
"""Connections before memory is first looked at: what is made once is made by then."""


def measure(ground: Ground, results: Results, *, count: int) -> None:
    """Put bytes a connection into `results.singles`: `idle connection`. Fewer are opened where descriptors do not allow for `count`."""
    progress(f"{count:,} idle connections")
    head = workloads.on_the_wire(workloads.seven()[:1]).encode("latin-1")
    with REPLAY.started(ground, ground.cores.tested) as process, ExitStack() as stack:
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
            while not data.endswith(b"}\n"):
                got = connection.recv(65536)
                if not got:
                    raise BrokenError("closed too early", data)
                data += got
        made += some
    return made


def _expect_open(opened: list[socket.socket]) -> None:
    """Insist that none has been closed. Raises BrokenError."""
    with selectors.DefaultSelector() as waiting:
        for connection in opened:
            waiting.register(connection, selectors.EVENT_READ)
        closed = waiting.select(0)
    if closed:
        raise BrokenError("idle connections closed", f"{len(closed):,} of {len(opened):,}")
