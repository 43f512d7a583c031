"""A gibibyte down and up through a proxy: throughput, and memory above idle."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.machine import pinned
from tests.bench.peers.contests import PASSTHROUGH
from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.running import BrokenError, Process, running
from tests.bench.peers.systems import Ground, System, nginx
from tests.harness.ports import free_port

ORIGIN = Path(__file__).parent.parent / "large_origin.py"
PIECE = 1 << 18
UNBUFFERED = System(
    "nginx, proxy_pass, buffering off", nginx("nginx-proxy.conf", buffering=False), ("nginx",), ask=PASSTHROUGH.ask
)


def measure(ground: Ground, results: Results, *, size: int, rounds: int) -> None:
    """Put bytes a second and bytes of memory into `results.singles`: `large down NAME`, `large up NAME`, `large memory NAME`."""
    port = free_port()
    folder = ground.folder / "large"
    folder.mkdir()
    command = [sys.executable, str(ORIGIN), str(port)]
    origin = running(
        "large origin", command, port=port, core=ground.cores.load, folder=folder, environ=ground.environment()
    )
    before = ground.upstream
    with origin:
        ground.upstream = f"127.0.0.1:{port}"
        try:
            core = ground.cores.tested
            with UNBUFFERED.started(ground, core) as peer, PASSTHROUGH.started(ground, core) as ours:
                for turn in range(rounds):
                    progress(f"large bodies: round {turn + 1} of {rounds}")
                    _both_ways(ground, results, peer, "nginx", size)
                    _both_ways(ground, results, ours, "gateway", size)
        finally:
            ground.upstream = before


def _both_ways(ground: Ground, results: Results, process: Process, name: str, size: int) -> None:
    with pinned(ground.cores.load), _watched(process) as most:
        for way, transfer in (("down", _down), ("up", _up)):
            began = time.perf_counter()
            transfer(process.port, size)
            results.add(f"large {way} {name}", size / (time.perf_counter() - began))
    results.add(f"large memory {name}", most[0])


@contextmanager
def _watched(process: Process) -> Iterator[list[int]]:
    """Yield a list that holds, in the end, the most bytes above those that it has now."""
    idle, most, ended = process.memory(), [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            most[0] = max(most[0], process.memory() - idle)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def _down(port: int, size: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(b"GET /%d HTTP/1.1\r\nHost: large\r\nAccept: application/octet-stream\r\n\r\n" % size)
        head, _, rest = _head(connection)
        expect(head)
        buffer, left = bytearray(PIECE), size - len(rest)
        while left > 0:
            got = connection.recv_into(buffer)
            if not got:
                raise BrokenError("download cut short", f"{left:,} bytes are missing")
            left -= got


def _up(port: int, size: int) -> None:
    piece = memoryview(bytes(PIECE))
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        head = (
            b"POST /up HTTP/1.1\r\nHost: large\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"
        )
        connection.sendall(head % size)
        for _ in range(size // PIECE):
            connection.sendall(piece)
        expect(_head(connection)[0])


def _head(connection: socket.socket) -> tuple[bytes, bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        got = connection.recv(65536)
        if not got:
            raise BrokenError("connection cut short", data)
        data += got
    return data.partition(b"\r\n\r\n")


def expect(head: bytes) -> None:
    """Insist on 200. Raises BrokenError."""
    if not head.startswith(b"HTTP/1.1 200 "):
        raise BrokenError("large body", head)
