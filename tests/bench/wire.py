"""What runs on the wire: wrk over loopback, all systems up at once, measured in turn, round after round."""

from __future__ import annotations

import json
import re
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from threading import Thread
from urllib.request import Request as Ask
from urllib.request import urlopen

from tests.bench import machine, traffic
from tests.bench.inside import BenchmarkError
from tests.bench.machine import Cores, pinned
from tests.bench.rows import duration, table, verdict
from tests.bench.systems import COMPARISONS, SYSTEMS, Comparison, Ground, System, bare

SCRIPT = Path(__file__).with_name("requests.lua")
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round showed of a system."""

    seconds: float
    """A request's, from the rate: the one core's time, whoever used it."""
    p50: float
    p99: float
    cpu: float | None
    """Processor seconds of the system a request."""
    busy: float | None
    """The share of its core that the system used."""
    failed: int


@dataclass(slots=True)
class Running:
    """A system that listens."""

    system: System
    process: subprocess.Popen[str]
    url: str
    requests: Path
    asked: int = 0
    """Requests so far: each load goes on where the one before it ended, or a short one would ask the first few alone."""


def report(wanted: str, *, quick: bool) -> str:
    """Return the tables of the systems and comparisons whose titles contain `wanted`; nothing where there is none."""
    named = {system.title for system in SYSTEMS if wanted in system.title.lower()}
    for entry in COMPARISONS:
        if wanted in entry.title.lower():
            named |= {entry.of.title, entry.to.title}
    systems = [system for system in SYSTEMS if system.title in named]
    comparisons = [entry for entry in COMPARISONS if {entry.of.title, entry.to.title} <= named]
    if not systems:
        return ""
    wrk = shutil.which("wrk")
    if wrk is None:
        return "## On the wire\n\nwrk: not installed (apt-get install wrk)\n"
    seconds, rounds = (1, 2) if quick else (3, 5)
    cores = machine.cores()
    measured = _measure(wrk, systems, cores, seconds=seconds, rounds=rounds)
    notes = [
        f"wrk, 32 connections for each process that answers, {rounds} rounds of {seconds} s, the systems in turn in each; {cores}.",
        "The gateways run as `gateway run` does, with their log, a JSON line an exchange, into a file; the two aiohttp servers",
        "log nothing. uvloop for all where it is installed. `CPU` is the system's own processor time a request, `busy` the",
        "share of its core that it used: below 90 % something else was the bottleneck, or took the core.",
    ]
    tables = [_systems(systems, measured), ""]
    if comparisons:
        tables += [_comparisons(comparisons, measured), ""]
    return "\n".join(["## On the wire", "", *tables, *notes, ""])


def _systems(systems: Sequence[System], measured: dict[str, list[Round]]) -> str:
    rows = []
    for system in systems:
        rounds = measured[system.title]
        rates = [1 / entry.seconds for entry in rounds]
        cpu = [entry.cpu for entry in rounds if entry.cpu is not None]
        busy = [entry.busy for entry in rounds if entry.busy is not None]
        rows.append(
            [
                system.title,
                f"{median(rates):,.0f}",
                f"{min(rates):,.0f} … {max(rates):,.0f}",
                duration(median(entry.p50 for entry in rounds)),
                duration(median(entry.p99 for entry in rounds)),
                duration(median(cpu)) if cpu else "?",
                f"{median(busy):.0%}" if busy else "?",
                str(sum(entry.failed for entry in rounds)),
            ]
        )
    return table(["system", "requests/s", "rounds", "p50", "p99", "CPU", "busy", "failed"], rows)


def _comparisons(comparisons: Sequence[Comparison], measured: dict[str, list[Round]]) -> str:
    rows = []
    for entry in comparisons:
        pairs = list(zip(measured[entry.of.title], measured[entry.to.title], strict=True))
        ratios = [of.seconds / to.seconds for of, to in pairs]
        cpu = [of.cpu / to.cpu for of, to in pairs if of.cpu and to.cpu]
        rows.append(
            [
                entry.title,
                f"{median(ratios):.2f}×",
                f"{min(ratios):.2f} … {max(ratios):.2f}",
                f"{median(cpu):.2f}×" if cpu else "?",
                _limit(entry),
                verdict(median(cpu), entry.cpu_at_most)
                if cpu and entry.cpu_at_most is not None
                else verdict(median(ratios), entry.at_most),
            ]
        )
    return table(["time a request", "median", "rounds", "of CPU", "limit", ""], rows)


def _limit(entry: Comparison) -> str:
    if entry.cpu_at_most is not None:
        return f"CPU ≤ {entry.cpu_at_most:g}×"
    return "" if entry.at_most is None else f"≤ {entry.at_most:g}×"


def _measure(wrk: str, systems: Sequence[System], cores: Cores, *, seconds: int, rounds: int) -> dict[str, list[Round]]:
    """Return what each round showed, by the system's title."""
    with ExitStack() as stack:
        ground = Ground(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pass-gateway-bench-"))))
        upstream = System("upstream", bare)
        ground.upstream = stack.enter_context(_running(upstream, ground, cores.load)).url
        running = [stack.enter_context(_running(system, ground, cores.tested)) for system in systems]
        for entry in running:
            _expect_answer(entry)
            _load(wrk, entry, cores, entry.system.warm_up)
        measured: dict[str, list[Round]] = {entry.system.title: [] for entry in running}
        for _ in range(rounds):
            for entry in running:
                measured[entry.system.title].append(_load(wrk, entry, cores, seconds))
        return measured


@contextmanager
def _running(system: System, ground: Ground, core: int | None) -> Iterator[Running]:
    """Start a system on its core, and stop it in the end."""
    name = re.sub("[^a-z0-9]+", "-", system.title.lower())
    requests = ground.folder / f"{name}.requests"
    requests.write_text("".join(traffic.on_the_wire(asked) for asked in system.requests()), "latin-1", newline="")
    log = ground.folder / f"{name}.log"
    with log.open("w", encoding="utf-8") as stderr, pinned(core):
        process = subprocess.Popen(  # noqa: S603  # a server of ours
            system.command(ground),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=ground.folder,
            env=ground.environment(),
        )
    try:
        running = Running(system, process, _address(system, process, log), requests)
        with _watched(log, ground.folder) if system.watched else nullcontext():
            yield running
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def _watched(log: Path, folder: Path) -> Iterator[None]:
    """Have a stream of exchanges open, as a page has, and read all that comes."""
    said: re.Match[str] | None = None
    until = time.monotonic() + START_SECONDS
    while said is None and time.monotonic() < until:  # it is said beside the first line
        time.sleep(0.05)
        said = re.search(r"http://127\.0\.0\.1:([0-9]+)", log.read_text("utf-8"))
    if said is None:
        raise BenchmarkError(log.name, log.read_text("utf-8"))
    token = (folder / ".gateway-control-token").read_text("utf-8").strip()
    connection = HTTPConnection("127.0.0.1", int(said[1]), timeout=30)
    connection.request("GET", "/api/exchanges/stream", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert answer.status == HTTPStatus.OK

    def read() -> None:
        with suppress(OSError, HTTPException, ValueError, AttributeError):
            while answer.read1(1 << 16):
                pass

    reader = Thread(target=read, daemon=True)
    reader.start()
    try:
        yield
        assert reader.is_alive(), "the stream has ended"
    finally:
        connection.close()


def _address(system: System, process: subprocess.Popen[str], log: Path) -> str:
    """Return where a system says that it listens."""
    assert process.stdout is not None
    said = process.stdout.readline() if select.select([process.stdout], [], [], START_SECONDS)[0] else ""
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", said)
    if found is None:
        raise BenchmarkError(system.title, said + log.read_text("utf-8", "replace")[-2000:])
    return found[0]


def _expect_answer(running: Running) -> None:
    """Ask once what will be asked often: an error is answered fast, and would look like a good number."""
    asked = running.system.requests()[0]
    try:
        with urlopen(Ask(running.url + asked.target, headers=dict(asked.headers.items())), timeout=10) as answer:  # noqa: S310  # loopback
            body = answer.read()
    except OSError as error:
        raise BenchmarkError(running.system.title, str(error)) from error
    if b'"logouts"' not in body:
        raise BenchmarkError(running.system.title, repr(body[:200]))


def _load(wrk: str, running: Running, cores: Cores, seconds: int) -> Round:
    """Ask for some seconds, as often as it answers."""
    command = [wrk, "-t1", f"-c{running.system.connections}", f"-d{seconds}s", "-s", str(SCRIPT), running.url, "--"]
    before, began = machine.cpu_seconds(running.process.pid), time.perf_counter()
    with pinned(cores.load):
        process = subprocess.Popen(  # noqa: S603  # wrk, on loopback
            [*command, str(running.requests), str(running.asked)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    said, _ = process.communicate(timeout=seconds + 60)
    elapsed, after = time.perf_counter() - began, machine.cpu_seconds(running.process.pid)
    line = next((line for line in said.splitlines() if line.startswith("BENCH ")), None)
    if process.returncode != 0 or line is None:
        raise BenchmarkError(running.system.title, said)
    told = json.loads(line.removeprefix("BENCH "))
    if not told["requests"]:
        raise BenchmarkError(running.system.title, "no answer")
    running.asked += told["requests"]
    used = after - before if before is not None and after is not None else None
    return Round(
        seconds=told["microseconds"] / 1e6 / told["requests"],
        p50=told["p50"] / 1e6,
        p99=told["p99"] / 1e6,
        cpu=used / told["requests"] if used is not None else None,
        busy=used / elapsed if used is not None else None,
        failed=told["refused"] + told["broken"],
    )
