"""Carries out contests: a system that does not start is left out with its reason, and the others go on."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.machine import Cores
from tests.bench.peers import workloads
from tests.bench.peers.contests import BARE, FIXED, Contest, Entry
from tests.bench.peers.load import Round, load
from tests.bench.peers.running import BrokenError, Process
from tests.bench.peers.systems import Ground, System
from tests.bench.peers.tools import MissingError, Tools

TRIES = 2


@dataclass(slots=True)
class Measured:
    """What an entry showed."""

    contest: str
    system: str
    workload: str
    connections: int
    rounds: list[Round] = field(default_factory=list)
    peak_memory: int = 0
    """Bytes, of all processes of the system, when its last round had ended."""


@dataclass(slots=True)
class Results:
    """What a run showed."""

    measured: list[Measured] = field(default_factory=list)
    singles: dict[str, list[float]] = field(default_factory=dict)
    """What is measured by itself, a value a round, by name; processor seconds where the name says nothing else."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Why something was not measured, or not to the end."""

    def add(self, name: str, value: float) -> None:
        """Add a round's value."""
        self.singles.setdefault(name, []).append(value)

    def rounds(self, entry: Entry, contest: str | None = None) -> list[Round]:
        """Return the rounds of an entry, none where it was not measured."""
        wanted = (entry.system.name, entry.workload.title, entry.connections)
        for found in self.measured:
            if (found.system, found.workload, found.connections) == wanted and contest in {None, found.contest}:
                return found.rounds
        return []


def progress(text: str) -> None:
    """Say what is being done."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


@contextmanager
def standing(tools: Tools, cores: Cores) -> Iterator[Ground]:
    """Make a folder, and run the server that the proxies send to: nginx, or aiohttp's where there is none."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pass-gateway-peers-")))
        ground = Ground(folder, tools, cores, upstream="127.0.0.1:9")
        for system in (FIXED, BARE):
            upstream = System(f"upstream: {system.name}", system.command, system.needs)
            try:
                process = stack.enter_context(upstream.started(ground, cores.load))
            except (MissingError, BrokenError) as error:
                progress(f"{upstream.name}: {error}")
                continue
            ground.upstream = f"127.0.0.1:{process.port}"
            break
        yield ground


def carry_out(ground: Ground, contest: Contest, results: Results, *, rounds: int, seconds: float, warm: float) -> None:
    """Measure all entries of a contest, round after round; `warm` is how much of each system's time to warm up it gets."""
    with ExitStack() as stack:
        systems = dict.fromkeys(entry.system for entry in contest.entries)
        running = dict(_started(stack, ground, systems, results))
        files = {entry.workload: ground.folder / f"{number}.requests" for number, entry in enumerate(contest.entries)}
        for workload, file in files.items():
            file.write_text(workloads.on_the_wire(workload.requests()), "latin-1", newline="")
        lines = [_Line(entry, running[entry.system]) for entry in contest.entries if entry.system in running]
        for line in {(line.entry.system, line.entry.workload): line for line in lines}.values():
            progress(f"{contest.title}: warming {line.entry.name}")
            line.run(ground, files[line.entry.workload], max(1.0, warm * line.entry.system.warm_up), results)
        for turn in range(rounds):
            progress(f"{contest.title}: round {turn + 1} of {rounds}")
            for line in lines:
                line.run(ground, files[line.entry.workload], seconds, results, keep=True)
        for line in lines:
            entry = line.entry
            found = Measured(contest.title, entry.system.name, entry.workload.title, entry.connections, line.rounds)
            found.peak_memory = line.process.memory("VmHWM")
            if found.rounds:
                results.measured.append(found)


def _started(
    stack: ExitStack, ground: Ground, systems: Sequence[System] | dict[System, None], results: Results
) -> Iterator[tuple[System, Process]]:
    for system in systems:
        if system.name in results.left_out:
            continue
        progress(f"starting {system.name}")
        try:
            yield system, stack.enter_context(system.started(ground, ground.cores.tested))
        except (MissingError, BrokenError, OSError) as error:
            results.left_out[system.name] = str(error)
            progress(f"left out: {system.name}: {error}")


@dataclass(slots=True)
class _Line:
    """An entry and its system."""

    entry: Entry
    process: Process
    rounds: list[Round] = field(default_factory=list)
    asked: int = 0
    """Requests so far: each load goes on where the one before it ended."""
    broken: bool = False

    def run(self, ground: Ground, file: Path, seconds: float, results: Results, *, keep: bool = False) -> None:
        """Ask the system; one that fails twice in turn is left out from then on."""
        for _ in range(TRIES):
            if self.broken:
                return
            try:
                found = load(
                    ground,
                    self.process,
                    file,
                    self.entry.workload.mode,
                    first=self.asked,
                    seconds=seconds,
                    connections=self.entry.connections,
                )
            except (MissingError, BrokenError) as error:
                why = f"{error}; it said last: {self.process.last_words() or 'nothing'}"
                progress(f"failed: {self.entry.name}: {why}")
                continue
            self.asked += found.requests + self.entry.connections
            if keep:
                self.rounds.append(found)
            return
        self.broken = True
        results.left_out[self.entry.name] = why
