"""The report of `make bench-peers`: what is judged, what is drawn, and that the page shows what was measured."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.bench import traffic
from tests.bench.machine import Cores
from tests.bench.peers import cassettes, plots, report, workloads
from tests.bench.peers.contests import BARE, FIXED, PASSTHROUGH, REPLAY, Contest, Entry, contests
from tests.bench.peers.figures import Figure, figures
from tests.bench.peers.load import Round
from tests.bench.peers.measuring import Measured, Results, carry_out
from tests.bench.peers.running import processor_seconds
from tests.bench.peers.systems import Ground, System
from tests.bench.peers.tools import CONFIGS, ROOT, TOOLS, Tools
from tests.bench.peers.workloads import NUMBER
from tests.harness.for_each import for_each

SEVEN = workloads.SEVEN.title


def round_of(cpu: float, p50: float = 1e-3) -> Round:
    return Round(requests=1000, seconds=1.0, cpu=cpu, p50=p50, p99=2 * p50, busy=0.9, load=0.3, failed=0)


def a_run() -> report.Run:
    """Return a run in which replay took half of bare aiohttp's time, and passthrough was not measured."""
    results = Results(left_out={"gateway, passthrough": "it does not listen"})
    for system, cpus in ((BARE, (100e-6, 200e-6)), (REPLAY, (50e-6, 120e-6))):
        rounds = [round_of(cpu) for cpu in cpus]
        results.measured.append(Measured("Replay", system.name, SEVEN, 32, rounds, peak_memory=64 << 20))
        results.measured.append(Measured("Over connections", system.name, SEVEN, 32, rounds))
    results.add("gateway --help", 0.2)
    results.add("import aiohttp", 0.1)
    return report.Run(
        results, figures(results, 10_000), "* a machine", {"wrk": "4"}, {"talkback": "no npm"}, 60.0, quick=False
    )


@for_each(
    "value, higher, verdict",
    [
        (None, False, "not measured"),
        (0.59, False, "goal"),
        (0.6, False, "goal"),
        (0.61, False, "floor"),
        (0.86, False, "missed"),
        (0.86, True, "goal"),
        (0.6, True, "missed"),
    ],
)
def test_a_promise_is_kept_from_its_floor_on(value: float | None, higher: bool, verdict: str) -> None:
    goal, floor = (0.85, 0.7) if higher else (0.6, 0.85)
    assert Figure("a", goal, floor, "×", value, higher_is_better=higher).verdict == verdict


def test_a_ratio_is_the_median_of_each_rounds_own() -> None:
    """Rounds in which the machine was slow for both compare like the others; what was not measured has no figure."""
    found = {figure.title: figure for figure in a_run().figures}
    replay = found["replay, 7, against bare aiohttp"]
    assert (replay.value, replay.low, replay.high, replay.verdict) == (0.55, 0.5, 0.6, "goal")
    assert found['`gateway --help`, against `python -c "import aiohttp"`'].verdict == "missed"
    assert found["passthrough against nginx `proxy_pass`"].value is None


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Page and plots are made from the JSON alone, between their marks; what stands around them stays."""
    (tmp_path / "performance.md").write_text(f"# before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    run = a_run()
    report.write(run, tmp_path)
    page = (tmp_path / "performance.md").read_text("utf-8")
    assert page.startswith("# before\n")
    assert page.endswith(f"{report.END}\nafter\n")
    assert "old" not in page
    assert "* gateway, passthrough: it does not listen" in page
    assert "* talkback: no npm" in page
    again = report.from_json((tmp_path / "performance" / "results.json").read_text("utf-8"))
    assert report.markdown(again) == report.markdown(run)
    assert report.drawn(again) == report.drawn(run)


def test_processor_time_is_told_more_exactly_than_in_hundredths_of_a_second() -> None:
    """What it tells of a process lies between what the process's own clock told before and after; a process that has ended has none."""
    before = time.process_time()
    told = processor_seconds(os.getpid())
    after, ended = time.process_time(), os.times()
    assert before <= told <= after + ended.children_user + ended.children_system
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert processor_seconds(process.pid) == 0.0


def test_plots_are_well_formed() -> None:
    """Names are text and no markup; a line of one point, and no line at all, are plots too."""
    drawn = [
        plots.bars("<a> & b", "µs", {"gateway": 1.0, "nginx <1>": 0.0}),
        plots.bars("nothing", "µs", {}),
        plots.lines("a & b", "x", "y", {"one": [(1, 5.0)], "none": [], "two": [(1, 900.0), (10, 1e5)]}),
        plots.lines("nothing", "x", "y", {}),
        *report.drawn(a_run()).values(),
    ]
    for text in drawn:
        assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314  # ours


def test_the_page_shows_the_results_beside_it() -> None:
    """Whoever changes one writes the other: `python -m tests.bench.peers --render`."""
    run = report.from_json((ROOT / "docs/performance/results.json").read_text("utf-8"))
    assert report.markdown(run) in (ROOT / "docs/performance.md").read_text("utf-8")
    for name, text in report.drawn(run).items():
        assert (ROOT / f"docs/performance/{name}.svg").read_text("utf-8") == text, name


def test_what_is_published_is_what_runs() -> None:
    """Each configuration is used, each tool that a system needs is known, and ours needs none to be measured in the open."""
    source = (CONFIGS.parent / "systems.py").read_text() + (CONFIGS.parent / "contests.py").read_text()
    source += (CONFIGS.parent / "tools.py").read_text()
    assert [path.name for path in CONFIGS.iterdir() if path.name not in source] == []
    systems = {entry.system for contest in contests(10_000) for entry in contest.entries}
    assert {tool for system in systems for tool in system.needs} <= set(TOOLS)
    assert (PASSTHROUGH.needs, REPLAY.needs) == ((), ())


def test_a_large_cassette_is_what_the_recorder_writes(tmp_path: Path) -> None:
    cassettes.write(tmp_path / "fast.yaml", 63)
    traffic.cassette(tmp_path / "recorded.yaml", 63)
    assert (tmp_path / "fast.yaml").read_bytes() == (tmp_path / "recorded.yaml").read_bytes()


def test_workloads_are_as_they_are_called() -> None:
    """Different targets differ, newcomers come once, and what is made up while it is sent has one place for a number."""
    assert len({asked.target for asked in workloads.different(100)}) == 100
    both = [asked.headers["Authorization"] for turn in range(2) for asked in workloads.newcomers(50, turn)]
    assert len(set(both)) == 100
    assert len({asked.headers["AP-Device-Identifier"] for asked in workloads.devices()}) == 1000
    for workload in (workloads.UNMET, workloads.THOUSAND_DEVICES):
        assert {workloads.on_the_wire([asked]).count(NUMBER) for asked in workload.requests()} == {1}
    assert {asked.method for asked in workloads.deletes()} == {"DELETE"}


def test_a_peer_that_is_missing_or_broken_is_named_and_the_run_goes_on(tmp_path: Path) -> None:
    """What fails is left out with its reason: a tool that is not to be had, a program that ends at once."""
    tools, results = Tools(missing={"nginx": "not installed"}), Results()
    ground = Ground(tmp_path, tools, Cores())
    ends = System("ends", lambda _: [sys.executable, "-c", "raise SystemExit('out of luck')"])
    carry_out(ground, Contest("a", (Entry(FIXED), Entry(ends))), results, rounds=1, seconds=1, warm=1)
    assert results.measured == []
    assert results.left_out["nginx, fixed answer"] == "not installed"
    assert "out of luck" in results.left_out["ends"]
