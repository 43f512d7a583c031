"""What runs inside a process: pytest-benchmark over the topics, its medians as rows."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.rows import Measured, Row, table
from tests.bench.topics import (
    appending,
    auditing,
    bringing,
    fleet,
    heads,
    loading,
    logging,
    matching,
    offline,
    redacting,
    starting,
)

TOPICS = (matching, appending, loading, bringing, redacting, auditing, heads, logging, starting, offline, fleet)
"""The topics in the order of the report: one file each, with its benchmarks (`bench_…`) and its ROWS."""

FOLDER = Path(__file__).parent / "topics"


class BenchmarkError(Exception):
    """Something could not be measured."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")


def report(wanted: str, *, quick: bool) -> str:
    """Return the table of the rows whose title contains `wanted`; nothing where there is none."""
    rows: list[Row] = [row for topic in TOPICS for row in topic.ROWS if wanted in row.title.lower()]
    if not rows:
        return ""
    many = 1_000 if quick else 10_000
    measured = run(sorted({name for row in rows for name in row.needs}), turns=1 if quick else 3, many=many)
    cells = [[row.title, *row.cells(measured)] for row in rows]
    return "\n".join(
        [
            "## Inside a process",
            "",
            table(["what", "median", "turns", "limit", ""], cells),
            "",
            "`turns`: the smallest and the largest median of a turn."
            + (f" Quick: {many:,} interactions to load and new devices to record, not 10,000." if quick else ""),
            "",
        ]
    )


def run(names: Sequence[str], *, turns: int, many: int) -> Measured:
    """Run benchmarks, and return the medians of each."""
    with tempfile.TemporaryDirectory(prefix="pass-gateway-bench-") as folder:
        told = Path(folder) / "benchmarks.json"
        command = [
            *(sys.executable, "-m", "pytest", *(str(FOLDER / f"{_last(topic.__name__)}.py") for topic in TOPICS)),
            *("-o", "addopts=", "-o", "python_functions=bench_*", "--import-mode=importlib", "-p", "no:cacheprovider"),
            *("-q", "-k", " or ".join(f"bench_{name}[" for name in names), f"--basetemp={Path(folder) / 'pytest'}"),
            *(f"--turns={turns}", f"--many={many}", f"--benchmark-json={told}", "--benchmark-quiet"),
            *(
                f"--benchmark-max-time={0.3 if turns > 1 else 0.1}",
                "--benchmark-warmup=on",
                "--benchmark-warmup-iterations=200",
            ),
        ]
        ran = subprocess.run(command, cwd=FOLDER.parent.parent.parent, capture_output=True, text=True, check=False)  # noqa: S603  # our own
        if ran.returncode != 0:
            raise BenchmarkError(", ".join(names), ran.stdout + ran.stderr)
        measured: dict[str, list[float]] = {}
        for benchmark in json.loads(told.read_text("utf-8"))["benchmarks"]:
            name = benchmark["name"].partition("[")[0].removeprefix("bench_")
            told_itself = benchmark["extra_info"].get("value")
            measured.setdefault(name, []).append(benchmark["stats"]["median"] if told_itself is None else told_itself)
        return measured


def _last(name: str) -> str:
    return name.rpartition(".")[2]
