"""Starts: `gateway run` to its first answer and `gateway --help`, against Python importing aiohttp."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.bench.machine import pinned
from tests.bench.peers import workloads
from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.running import BrokenError, answered
from tests.bench.peers.systems import Ground, Start, gateway
from tests.bench.systems import _gateway
from tests.harness.ports import free_port


def measure(ground: Ground, results: Results, *, rounds: int) -> None:
    """Put processor seconds into `results.singles`: `import aiohttp`, `gateway --help`, `gateway run`; a value a round."""
    progress(f"starting: {rounds} rounds")
    commands = {
        "import aiohttp": [sys.executable, "-c", "import aiohttp"],
        "gateway --help": [*_gateway(), "--help"],
    }
    for turn in range(rounds + 1):  # the first compiles what is compiled once
        for name, command in commands.items():
            taken = _to_its_end(ground, command)
            if turn:
                results.add(name, taken)
        taken = _to_its_first_answer(ground)
        if turn:
            results.add("gateway run", taken)


def _to_its_end(ground: Ground, command: list[str]) -> float:
    with pinned(ground.cores.tested):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ground.environment())  # ours
    used, status = _waited_for(process)
    if status:
        raise BrokenError(" ".join(command), f"status {status}")
    return used


def _to_its_first_answer(ground: Ground) -> float:
    folder = ground.folder / "starting"
    folder.mkdir(exist_ok=True)
    start = Start(ground, folder, free_port())
    command = gateway("replay", 7)(start)
    with pinned(ground.cores.tested), Path(folder / "said.log").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=ground.environment())  # ours
    until, asked = time.monotonic() + 30, workloads.seven()[0]
    while time.monotonic() < until:
        try:
            answered(f"http://127.0.0.1:{start.port}", asked)
            break
        except OSError:
            time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)  # what it needs to end is no part of it
    used, status = _waited_for(process)
    if status != -signal.SIGKILL:
        raise BrokenError(
            "gateway run", f"it ended with status {status}: " + (folder / "said.log").read_text("utf-8", "replace")
        )
    return used


def _waited_for(process: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Return processor seconds, as the kernel accounts them to the process, and its status."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, process.returncode
