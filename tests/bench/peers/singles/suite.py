"""A suite of 300 tests under the pytest plugin, and under vcrpy; and vcrpy in process, a request at a time."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from tests.bench.machine import pinned
from tests.bench.peers import workloads
from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.running import BrokenError
from tests.bench.peers.systems import Ground
from tests.bench.topics import offline

VCRPY = """
import sys, time
import requests, vcr
cassette, origin, count, target, *headers = sys.argv[1:]
fields = dict(zip(headers[::2], headers[1::2]))
count = int(count)
with vcr.VCR(match_on=("method", "path", "query")).use_cassette(cassette, record_mode="none", allow_playback_repeats=True):
    with requests.Session() as session:
        for turn in range(2):
            began = time.process_time()
            for _ in range(count):
                assert session.get(origin + target, headers=fields).status_code == 200
print((time.process_time() - began) / count)
"""


def measure(ground: Ground, results: Results, *, rounds: int) -> None:
    """Put processor seconds of a whole run into `results.singles`: `suite, plugin` and `suite, vcrpy`, a value a round."""
    ground.tools.get("vcrpy")
    folders = {tool: ground.folder / f"suite-{tool}" for tool in ("plugin", "vcrpy")}
    for tool, folder in folders.items():
        folder.mkdir()
        offline.write_suite(folder, tool, offline.CALLS["one"])
    for turn in range(rounds + 1):  # the first compiles what is compiled once
        progress(f"suite of {offline.TESTS} tests: round {turn} of {rounds}")
        for tool, folder in folders.items():
            before = _of_children()
            with pinned(ground.cores.tested):
                offline.run(folder)
            if turn:
                results.add(f"suite, {tool}", _of_children() - before)


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_vcrpy(ground: Ground, results: Results, *, rounds: int) -> None:
    """Put seconds of processor time a request into `results.singles`, `vcrpy in process`: client and tool are one process there."""
    ground.tools.get("vcrpy")
    asked = workloads.seven()[0]
    fields = [part for name, value in asked.headers.items() for part in (name, value)]
    cassette: Path = ground.cassette(7)
    for _ in range(rounds):
        with pinned(ground.cores.tested):
            done = subprocess.run(  # vcrpy
                [
                    sys.executable,
                    "-c",
                    VCRPY,
                    str(cassette),
                    "https://api.auth.adobe.com",
                    "300",
                    asked.target,
                    *fields,
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise BrokenError("vcrpy", done.stderr)
        results.add("vcrpy in process", float(done.stdout))
