"""Measures the gateway beside its peers, and writes docs/performance.md: `python -m tests.bench.peers [--quick] [--only WORDS]`."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import machine
from tests.bench.peers import contests, report
from tests.bench.peers.figures import figures
from tests.bench.peers.measuring import Results, carry_out, progress, standing
from tests.bench.peers.running import BrokenError
from tests.bench.peers.singles import cold, idle, large, ready, soaking, starting, suite
from tests.bench.peers.systems import Ground
from tests.bench.peers.tools import ROOT, TOOLS, MissingError, Tools

MANY, FEW = 10_000, 1_000


def main() -> int:
    """Return 0 when the report is written, whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description="The gateway beside its peers.")
    parser.add_argument("--quick", action="store_true", help="minutes: a first look, printed only")
    parser.add_argument("--only", default="", metavar="WORDS", help="only what has these words in its title, printed")
    parser.add_argument("--docs", type=Path, default=None, help="the folder of performance.md")
    parser.add_argument("--render", action="store_true", help="measure nothing: write page and plots from results.json")
    options = parser.parse_args()
    docs = options.docs or (None if options.only or options.quick else ROOT / "docs")
    if options.render and docs:
        report.write(report.from_json((docs / "performance" / "results.json").read_text("utf-8")), docs)
        return 0
    if not sys.platform.startswith("linux"):
        sys.stderr.write("the peers are measured on Linux only: processor time is read from /proc\n")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was started is stopped then, too
    run = measured(quick=options.quick, only=options.only.lower())
    for path in report.write(run, docs) if docs else ():
        progress(f"wrote {path}")
    sys.stdout.write(report.markdown(run))
    return 0


def measured(*, quick: bool, only: str) -> report.Run:
    """Measure everything whose title contains `only`."""
    began, facts, revision = time.monotonic(), machine.facts(), _revision()
    idle.raise_descriptors()
    many, tools, results = FEW if quick else MANY, Tools(), Results()
    for name in TOOLS:
        try:
            progress(f"{name}: {tools.get(name)}")
        except MissingError as error:
            progress(f"{name} is missing: {error}")
    with standing(tools, machine.cores()) as ground:
        for contest in contests.contests(many):
            if only in contest.title.lower():
                rounds, seconds = (2 if contest.rounds > 3 else 1, 1.0) if quick else (contest.rounds, contest.seconds)
                carry_out(ground, contest, results, rounds=rounds, seconds=seconds, warm=0.3 if quick else 1.0)
        for title, measure in _singles(ground, results, many, quick=quick).items():
            if only in title:
                try:
                    measure()
                except (MissingError, BrokenError, OSError, AssertionError) as error:
                    results.left_out[title] = str(error)
                    progress(f"left out: {title}: {error}")
    return report.Run(
        results=results,
        figures=figures(results, many),
        facts=_facts(facts, tools),
        versions=tools.versions,
        missing=tools.missing,
        seconds=time.monotonic() - began,
        quick=quick,
        revision=revision,
    )


def _singles(ground: Ground, results: Results, many: int, *, quick: bool) -> dict[str, Callable[[], None]]:
    """Return what is measured by itself, by title."""
    rounds = 1 if quick else 3  # what takes a second or two has more, since one round says nothing about it
    found: dict[str, Callable[[], None]] = {
        # the memories cannot hold MANY new devices: the third time would not be warm
        "cold": lambda: cold.measure(ground, results, many=FEW, rounds=3),
        "starting": lambda: starting.measure(ground, results, rounds=3 if quick else 9),
        "ready": lambda: ready.measure(ground, results, many=many, rounds=3),
        "suite": lambda: suite.measure(ground, results, rounds=5),
        "vcrpy in process": lambda: suite.measure_vcrpy(ground, results, rounds=rounds),
        "large bodies": lambda: large.measure(ground, results, size=1 << (28 if quick else 30), rounds=rounds),
        "idle connections": lambda: idle.measure(ground, results, count=2_000 if quick else 10_000),
        "soak": lambda: soaking.measure(ground, results, minutes=10),
    }
    if quick:
        del found["soak"]
        results.left_out["soak"] = "it takes more than ten minutes: no part of a quick run"
    return found


def _facts(machine_facts: str, tools: Tools) -> str:
    peers = ", ".join(f"{name} {version}" for name, version in tools.versions.items())
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return "\n".join([f"* {when}", machine_facts, f"* {peers}", f"* {machine.cores()}"])


def _revision() -> str:
    done = subprocess.run(  # git
        ["git", "describe", "--always", "--dirty"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
