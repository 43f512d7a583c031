"""One load: wrk with `load.lua` against a system, its processor time taken before and after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import pinned
from tests.bench.peers.running import BrokenError, Process
from tests.bench.peers.systems import Ground

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 32
LONGEST = 120
"""Seconds for a load that ends with its list."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one load showed."""

    requests: int
    seconds: float
    """How long it took."""
    cpu: float
    """Processor seconds a request, of the system and of all its processes."""
    p50: float
    p99: float
    busy: float
    """The share of its core that the system used."""
    load: float
    """The share of the other core that wrk itself used: near 1, the load generator was the bottleneck."""
    failed: int
    """Answers of 400 and more, and connections that broke."""


def load(
    ground: Ground,
    process: Process,
    requests: Path,
    mode: str,
    *,
    first: int,
    seconds: float,
    connections: int = CONNECTIONS,
) -> Round:
    """Ask for some seconds, as often as it answers, or to the end of the list. Raises BrokenError or MissingError."""
    wrk = ground.tools.get("wrk")
    lasting = LONGEST if mode == "once" else max(1, round(seconds))
    command = [str(wrk), "-t1", f"-c{connections}", f"-d{lasting}s", "--timeout", "20s", "-s", str(SCRIPT), process.url]
    before = process.cpu()
    with pinned(ground.cores.load):
        wrk_runs = subprocess.Popen(  # wrk, on loopback
            [*command, "--", str(requests), mode, str(first)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    assert wrk_runs.stdout is not None
    said = ""
    for line in wrk_runs.stdout:  # to its end, when wrk has ended
        said += line
        if line.startswith("ENDED"):
            time.sleep(0.2)  # what is on its way arrives
            wrk_runs.send_signal(signal.SIGINT)
    _, status, usage = os.wait4(wrk_runs.pid, 0)
    wrk_runs.returncode = os.waitstatus_to_exitcode(status)
    after = process.cpu()
    told = next((line for line in said.splitlines() if line.startswith("BENCH ")), None)
    if told is None:
        raise BrokenError("wrk", said)
    numbers = json.loads(told.removeprefix("BENCH "))
    if not numbers["requests"]:
        raise BrokenError("no answer", said)
    return Round(
        requests=numbers["requests"],
        seconds=numbers["microseconds"] / 1e6,
        cpu=(after - before) / numbers["requests"],
        p50=numbers["p50"] / 1e6,
        p99=numbers["p99"] / 1e6,
        busy=(after - before) * 1e6 / numbers["microseconds"],
        load=(usage.ru_utime + usage.ru_stime) * 1e6 / numbers["microseconds"],
        failed=numbers["refused"] + numbers["broken"],
    )
