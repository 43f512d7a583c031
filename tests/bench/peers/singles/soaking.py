"""Memory over minutes of mixed traffic: `tests/soak.py`, its own report read."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.running import BrokenError
from tests.bench.peers.systems import Ground
from tests.bench.peers.tools import ROOT

TOLD = re.compile(r"all devices had been met ([0-9]+) MiB.*at the end ([0-9]+) MiB")


def measure(ground: Ground, results: Results, *, minutes: float) -> None:
    """Put MiB into `results.singles`: `soak, met` and `soak, end`."""
    progress(f"soak: {minutes:g} minutes")
    done = subprocess.run(  # ours
        [sys.executable, "-m", "tests.soak", "--minutes", str(minutes)],
        cwd=ROOT,
        env=ground.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    found = TOLD.search(done.stdout)
    if found is None:
        raise BrokenError("soak", done.stdout + done.stderr)
    results.add("soak, met", float(found[1]))
    results.add("soak, end", float(found[2]))
