"""Cassettes of 10,000 and 100,000 interactions: until the last of them is answered, against PyYAML's C loader alone; and memory."""

from __future__ import annotations

import subprocess
import sys

from tests.bench import traffic
from tests.bench.machine import pinned
from tests.bench.peers import workloads
from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.running import BrokenError
from tests.bench.peers.systems import Ground, System, gateway

ALONE = """
import sys, time, yaml
began = time.process_time()
with open(sys.argv[1], "rb") as file:
    yaml.load(file, yaml.CSafeLoader)
print(time.process_time() - began)
"""


def measure(ground: Ground, results: Results, *, many: int, rounds: int) -> None:
    """Put `ready N` (processor seconds) and `ready N memory` (bytes) into `results.singles`, above a gateway with 7 interactions; and `CSafeLoader N`."""
    for turn in range(rounds):
        progress(f"ready: round {turn + 1} of {rounds}")
        empty, resident = _ready(ground, 7)
        for count in (many, 10 * many):
            cpu, memory = _ready(ground, count)
            results.add(f"ready {count}", cpu - empty)
            results.add(f"ready {count} memory", memory - resident)
        with pinned(ground.cores.tested):
            done = subprocess.run(  # PyYAML
                [sys.executable, "-c", ALONE, str(ground.cassette(many))], capture_output=True, text=True, check=False
            )
        if done.returncode:
            raise BrokenError("PyYAML", done.stderr)
        results.add(f"CSafeLoader {many}", float(done.stdout))


def _ready(ground: Ground, count: int) -> tuple[float, int]:
    """Return processor seconds and resident bytes of a gateway that has answered the last request of a cassette."""
    number = count - 1
    asked = workloads.fresh(traffic.request(number, number % traffic.DEVICES))
    system = System(f"gateway, ready {count}", gateway("replay", count), ask=lambda: asked)
    with system.started(ground, ground.cores.tested) as process:
        return process.cpu(), process.memory()
