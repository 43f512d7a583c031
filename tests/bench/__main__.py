"""Runs the benchmarks and prints one Markdown report: `python -m tests.bench [--quick] [words of a title]`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.bench import inside, machine, wire
from tests.bench.inside import BenchmarkError


def main() -> int:
    """Return 0 when everything ran, whatever the numbers are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Benchmarks, as a Markdown report.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, for a first look")
    parser.add_argument("wanted", nargs="*", help="only the rows whose title contains these words")
    options = parser.parse_args()
    wanted = " ".join(options.wanted).lower()
    began = time.perf_counter()
    say(
        "# Benchmarks" + (" (quick: a first look, not a measurement)" if options.quick else ""), "", machine.facts(), ""
    )
    failed = found = False
    for part in (inside.report, wire.report):
        try:
            text = part(wanted, quick=options.quick)
        except BenchmarkError as error:
            failed = True
            say("could not be measured:", "", "```", str(error).rstrip(), "```", "")
            continue
        found = found or bool(text)
        if text:
            say(text)
    if not found and not failed:
        say(f"no title contains {wanted!r}")
        return 2
    say(f"It took {time.perf_counter() - began:.0f} s. How to read it: docs/benchmarks.md.")
    return 1 if failed else 0


def say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
