"""Minutes of mixed traffic, good and hostile, against a gateway: memory stays flat, and good clients hardly notice.

    python -m tests.soak --minutes 10

Facts
-----
* 50,000 devices by turns ask for their profiles and log out, at a steady rate; hostile clients send the worst messages of
  `tests/worst.py`, over and over, each with other bytes in it.
* First all devices are met once, as fast as it goes; then the good ones come alone, a fifth of the time; then both. The gateway is a process
  of its own, and so are hostile clients and upstream.
* Memory is compared at three times: when all devices had been met, and over a third of the mixed time after warm-up and at the end. The
  figure of a third is the median of its samples. A message in work takes more for a moment, up to the limits; this is printed beside it.
* All of it is on loopback. It ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from multiprocessing import Process, Queue
from pathlib import Path
from statistics import median
from typing import Any

from tests.worst import REQUESTS

DEVICES = 50_000
RATE = 100
"""Good requests a second."""
GOOD = 8
HOSTILE = 2
"""Hostile messages a second, as a rule; each may keep the loop for as long as 50 ms."""
WARM = 0.2
"""The part of the mixed time after which the hostile messages were met, too, and memory must not grow any more."""
GROWTH = 1.10
SLOWER = 2.0
NOISE = 0.005
"""Seconds by which a p99 may grow, however short it is: two cores serve client, gateway and upstream."""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
PROFILES = b'{"profiles":{"Cablevision":{"notBefore":1700000000000,"notAfter":1900000000000,"issuer":"Adobe","type":"regular"}}}'


async def upstream(ports: Queue[int]) -> None:
    """Answer whatever comes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                if length:
                    await reader.readexactly(length)
                writer.write(ANSWER % (len(PROFILES), PROFILES))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 22)
    ports.put(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


def good(number: int) -> bytes:
    device = base64.b64encode(f"device-{number % DEVICES:08d}-tv".encode()).decode()
    path = (
        "/api/v2/REF30/profiles" if number % 5 else "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fe.com"
    )
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: gateway",
        f"AP-Device-Identifier: fingerprint {device}",
        "Authorization: Bearer abc",
    ]
    return "\r\n".join([*lines, "X-Device-Info: e30=", "Accept: application/json", "", ""]).encode()


def hostile() -> Iterator[bytes]:
    """Yield the worst messages for ever, each time with something else in them, so that no memory helps."""
    for turn in itertools.count():
        for part in REQUESTS.values():
            for _, message in part(whole=True):
                yield message.replace(b"\r\nHost: gateway\r\n", b"\r\nHost: gateway\r\nX-Turn: %d\r\n" % turn, 1)


async def exchanged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(message)
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
    if b"close" in fields.get(b"connection", b""):
        raise ConnectionResetError


async def attack(port: int, rate: float) -> None:
    async def one(messages: Iterator[bytes]) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
                while True:
                    await asyncio.sleep(2 / rate)
                    await exchanged(reader, writer, next(messages))
            except (OSError, asyncio.IncompleteReadError, ValueError):
                await asyncio.sleep(0.01)

    messages = hostile()
    await asyncio.gather(*(one(messages) for _ in range(2)))


async def meet(port: int) -> None:
    """Send one request of each device."""
    numbers = iter(range(DEVICES))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        for number in numbers:
            await exchanged(reader, writer, good(number))
        writer.close()

    await asyncio.gather(*(client() for _ in range(GOOD)))


async def traffic(port: int, seconds: float, first: int, samples: list[int], pid: int) -> list[float]:
    """Send good requests at their rate; return how long each took, from when it was due. `samples` gets the memory, once a second."""
    took: list[float] = []
    began = time.perf_counter()
    due = (began + number / RATE for number in itertools.count())
    numbers = itertools.count(first)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        for moment in due:
            if moment > began + seconds:
                break
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            await exchanged(reader, writer, good(next(numbers)))
            took.append(time.perf_counter() - moment)
        writer.close()

    async def watch() -> None:
        while True:
            samples.append(memory(pid))
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(client() for _ in range(GOOD)))
    watching.cancel()
    return took


def memory(pid: int) -> int:
    """Return a process's resident memory in KiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def p99(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.99)]


@asynccontextmanager
async def gateway(mode: str, origin: int, folder: str) -> AsyncIterator[tuple[int, int]]:
    """Run one as a process; yield its port and its process id."""
    config = Path(folder) / "config.yaml"
    config.write_text(
        f"mode: {mode}\nlisten: {{port: 0}}\nupstream: lab\nupstreams: {{lab: {{origin: 'http://127.0.0.1:{origin}'}}}}\n",
        encoding="utf-8",
    )
    command = [str(Path(sys.executable).parent / "gateway"), "run", "--config", str(config)]
    log = Path(folder) / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)  # noqa: ASYNC220, S603  # ours
    try:
        for _ in range(200):
            await asyncio.sleep(0.1)
            said = log.read_text(encoding="utf-8", errors="replace")
            if "listening on http://" in said:
                break
        yield int(said.partition("listening on http://")[2].split()[0].rpartition(":")[2]), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def run_upstream(ports: Queue[int]) -> None:
    asyncio.run(upstream(ports))


def run_attack(port: int, rate: float) -> None:
    os.nice(10)  # in truth another machine: making the messages is no work of this one
    asyncio.run(attack(port, rate))


async def soak(mode: str, minutes: float, rate: float) -> int:
    seconds = minutes * 60
    ports: Queue[int] = Queue()
    processes = [Process(target=run_upstream, args=(ports,), daemon=True)]
    processes[0].start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with gateway(mode, await asyncio.to_thread(ports.get), folder) as (port, pid):
                await meet(port)
                met = memory(pid)
                alone = await traffic(port, seconds / 5, 0, [], pid)
                processes.append(Process(target=run_attack, args=(port, rate), daemon=True))
                processes[-1].start()
                samples: list[int] = []
                mixed = await traffic(port, seconds * 4 / 5, len(alone), samples, pid)
                return told(mode, alone, mixed, met, samples)
    finally:
        for process in processes:
            process.terminate()


def told(mode: str, alone: list[float], mixed: list[float], met: int, samples: list[int]) -> int:
    warm = samples[int(len(samples) * WARM) :]
    third = len(warm) // 3
    before, after, most = median(warm[:third]), median(warm[-third:]), max(samples)
    bound = max(SLOWER * p99(alone), p99(alone) + NOISE)
    flat, fair = after <= before * GROWTH, p99(mixed) <= bound
    lines = [
        f"mode {mode}: {len(alone)} good exchanges alone, {len(mixed)} beside the hostile ones",
        f"p99 alone {p99(alone) * 1000:.1f} ms, mixed {p99(mixed) * 1000:.1f} ms, bound {bound * 1000:.1f} ms: {'ok' if fair else 'TOO SLOW'}",
        f"longest {max(mixed) * 1000:.0f} ms",
        f"memory when all devices had been met {met / 1024:.0f} MiB, after warm-up {before / 1024:.0f} MiB, at the end {after / 1024:.0f} MiB: {'flat' if flat else 'GROWS'}",
        f"most memory for a moment {most / 1024:.0f} MiB",
    ]
    sys.stdout.write("\n".join([*lines, ""]))
    return 0 if flat and fair else 1


def main(arguments: Any = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--mode", default="record", choices=["passthrough", "record", "auto"])
    parser.add_argument("--hostile", type=float, default=HOSTILE, help="hostile messages a second")
    given = parser.parse_args(arguments)
    return asyncio.run(soak(given.mode, given.minutes, given.hostile))


if __name__ == "__main__":
    sys.exit(main())
