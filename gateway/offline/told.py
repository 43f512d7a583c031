"""The report at the end of a session of tests: unplayed interactions, unused cassettes, findings.

This module imports nothing that is slow, since pytest loads it in every run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, TypedDict

import pytest

from gateway.offline.collected import FOLDER, Collected, looked_through, may_hold_tests, walked

if TYPE_CHECKING:
    from gateway.offline.judging import Used
    from gateway.offline.outcome import Outcome

REPORT = "pass_gateway"
"""The attribute of a test's report that has its data for the session. Also the key of data that processes send to each other."""


class Brought(TypedDict):
    """The data of one test's report. It may come from another process, so it has only types that every serializer accepts."""

    cassette: str
    claimed: bool
    """Whether collection has already linked the test to this cassette."""
    whole: bool
    """Whether the test finished, and did not fail."""
    played: list[int]
    """The positions of the interactions that have answered something."""
    unplayed: dict[int, str]
    """Descriptions of the unplayed interactions, by position, for the session's report. Only one test describes each."""
    fails: bool
    """Whether the session fails for unplayed interactions."""
    findings: list[str]
    warnings: list[str]
    lost: dict[str, int]
    """Number of lost recordings, by reason."""


@dataclass(eq=False)
class Told:
    """The plugin for the session, one in each run. Under pytest-xdist the workers send what they collected to the first process."""

    config: pytest.Config
    project: Callable[[], Path]
    """Returns the configuration's folder of cassettes. A ValueError tells the configuration's mistakes."""
    collected: Collected = field(default_factory=Collected)
    claimers: dict[str, str] = field(default_factory=dict)
    """The tests that collection has linked to a cassette, and the cassette of each."""
    ran: Counter[str] = field(default_factory=Counter)
    """Number of tests that finished, by cassette."""
    used: set[str] = field(default_factory=set)
    """The cassettes that were used."""
    unclaimed: set[str] = field(default_factory=set)
    """Cassettes that tests used, and that collection had not linked to them."""
    unfinished: bool = False
    """Whether a test failed or was skipped."""
    broken: bool = False
    """Whether the run broke off."""
    held: dict[str, dict[int, str]] = field(default_factory=dict)
    """For each cassette and position: the description of the interaction. Empty if a test played it."""
    fails: set[str] = field(default_factory=set)
    """The cassettes whose unplayed interactions fail the session."""
    findings: dict[str, set[str]] = field(default_factory=dict)
    """For each finding: the tests that have it."""
    warnings: dict[str, set[str]] = field(default_factory=dict)
    """For each warning: the tests that have it."""
    lost: Counter[str] = field(default_factory=Counter)
    """Number of lost recordings, by reason."""
    recorded_anew: list[str] = field(default_factory=list)
    """The results of recording cassettes again."""
    idle: int = 0
    """Number of requests without an answer because no test had the gateway."""
    started: float = field(default_factory=time)
    """Start of the run, in seconds since the epoch."""

    def __post_init__(self) -> None:
        """In a worker of pytest-xdist: take the facts that only the first process knows."""
        given = getattr(self.config, "workerinput", {}).get(REPORT)
        if given is None:
            self.collected.folders, self.collected.is_whole = looked_through(self.config)
        else:
            self.started, self.collected = given["started"], Collected(**given["collected"])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker the start of the run and the collected tests."""
        node.workerinput[REPORT] = {"started": self.started, "collected": self.collected.as_data()}

    @pytest.hookimpl(wrapper=True)
    def pytest_ignore_collect(self, collection_path: Path) -> Generator[None, bool | None, bool | None]:
        """Note the tests that are not collected."""
        ignored = yield
        if ignored and may_hold_tests(collection_path, self.config):
            self.collected.left_out.append(str(collection_path))
        return ignored

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Note the tests that could not be collected."""
        report = yield
        if not report.passed:
            self.collected.left_out.append(str(collector.path))
        if report.failed:
            self.collected.unclear = f"{report.nodeid} could not be collected"
        return report

    def pytest_deselected(self) -> None:
        """Note that some tests do not run."""
        self.collected.deselected = True

    def unnamed(self, cassette: str, positions: Iterable[int]) -> list[int]:
        """Return the interactions without a description yet."""
        held = self.held.get(cassette, {})
        return [position for position in positions if position not in held]

    def brings_home(self, nodeid: str, used: Used, outcome: Outcome) -> Brought:
        """Return the data of a test for the session. `outcome` is the last outcome of its gateway."""
        cassette, whole = str(used.gateway.cassette), used.whole and not used.failed
        tells = whole and used.unplayed != "ignore" and not used.fails_itself
        unnamed = self.unnamed(cassette, outcome.unplayed) if tells else []
        return Brought(
            cassette=cassette,
            claimed=self.claimers.get(nodeid) == cassette,
            whole=whole,
            played=list(outcome.played),
            unplayed=used.gateway.named(unnamed),
            fails=used.unplayed == "fail",
            findings=[f"{found.finding.severity} {found.finding.id}" for found in outcome.findings],
            warnings=list(outcome.warnings),
            lost=dict(outcome.lost),
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the data from a test's report."""
        self.unfinished = self.unfinished or not report.passed
        said: Brought | None = getattr(report, REPORT, None)
        if said is None:
            return
        cassette = said["cassette"]
        self.used.add(cassette)
        if not said["claimed"]:
            self.unclaimed.add(cassette)
        elif said["whole"]:
            self.ran[cassette] += 1
        held = self.held.setdefault(cassette, {})
        for position, text in said["unplayed"].items():
            held.setdefault(position, text)
        held.update(dict.fromkeys(said["played"], ""))
        if said["fails"]:
            self.fails.add(cassette)
        for finding in said["findings"]:
            self.findings.setdefault(finding, set()).add(report.nodeid)
        for warning in said["warnings"]:
            self.warnings.setdefault(warning, set()).add(report.nodeid)
        self.lost.update(said["lost"])

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take what a worker collected. All workers collected the same."""
        said = getattr(node, "workeroutput", {}).get(REPORT)
        if said is None or error:
            self.broken = True
        else:
            self.collected = Collected(**said["collected"])
            self.idle += said["idle"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """In a worker, send what it collected to the first process. Elsewhere, judge the session."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[REPORT] = {"collected": self.collected.as_data(), "idle": self.idle}
            return
        well = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        self.broken = self.broken or session.exitstatus not in {*well, pytest.ExitCode.TESTS_FAILED}
        if (self.failing or self.lost or self._fails_for_orphans()) and session.exitstatus in well:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @cached_property
    def unplayed(self) -> dict[str, list[str]]:
        """Unplayed interactions, by cassette. A cassette is left out if some of its tests did not run."""
        found = {}
        for cassette, held in self.held.items():
            lines = [held[position] for position in sorted(held) if held[position]]
            if lines and self._all_ran(cassette):
                found[cassette] = lines
        return found

    @property
    def failing(self) -> list[str]:
        """The cassettes whose unplayed interactions fail the session."""
        return [cassette for cassette in self.unplayed if cassette in self.fails]

    def _all_ran(self, cassette: str) -> bool:
        """Whether all tests that may use a cassette have finished."""
        collected = self.collected
        if self.broken:
            return False
        if cassette in self.unclaimed or cassette in collected.possible:
            # collection may have missed tests that use it
            return collected.is_all() and not collected.deselected and not self.unfinished
        return self.ran[cassette] >= collected.claims.get(cassette, 1) and collected.knows_all(cassette)

    @cached_property
    def orphans(self) -> list[str]:
        """Our cassettes that no test uses. Empty if this cannot be known."""
        from gateway.cassettes.files import cassettes_in  # noqa: PLC0415  # only where somebody asks

        collected = self.collected
        if collected.unclear or self.broken:
            return []
        try:
            project = self.project()
        except (OSError, ValueError) as error:
            collected.unclear = str(error)
            return []
        collected.project = str(project)
        beside = [at / FOLDER for at, _ in walked(map(Path, collected.folders), self.config) if (at / FOLDER).is_dir()]
        there = {str(path) for folder in [*beside, project] for path in cassettes_in(folder)}
        unused = there.difference(collected.claims, collected.possible, self.used)
        return sorted(path for path in unused if collected.knows_all(path) and _is_ours(Path(path)))

    def _fails_for_orphans(self) -> bool:
        """Whether unused cassettes fail the session.

        Tests that did not run may use them, and collection does not always know which tests do.
        """
        if not self.config.getoption("gateway_orphans"):
            return False
        all_run = not self.collected.deselected and not self.config.getoption("collectonly", default=False)
        return (bool(self.orphans) and all_run) or bool(self.collected.unclear)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the report, if there is something to report."""
        lines: list[str] = []
        for cassette, unplayed in self.unplayed.items():
            lines += [
                f"interactions of {self._shown(cassette)} that were not played:",
                *(f"  {line}" for line in unplayed),
            ]
        if self.failing:
            lines.append(f"The run fails for unplayed interactions of {', '.join(map(self._shown, self.failing))}.")
        if self.config.getoption("gateway_orphans"):
            lines += self._of_orphans()
        findings = sorted(self.findings.items(), key=lambda found: -len(found[1]))
        worth = [f"  {name} {_in(tests)}" for name, tests in findings if not name.startswith("info ")]
        if worth:
            lines += ["found in the calls of tests (gateway explain ID):", *worth]
        lines += [f"{text} ({_in(tests)})" for text, tests in self.warnings.items()]
        if self.lost:
            from gateway.offline.outcome import lost  # noqa: PLC0415  # only where there is something to say

            lines += [*lost(self.lost).splitlines(), "The run fails for lost recordings."]
        lines += map(self._shown, self.recorded_anew)
        if self.idle:
            what = "1 request" if self.idle == 1 else f"{self.idle} requests"
            lines.append(f"{what} came between two tests. No test began in time, so the answer was 503 gateway_idle")
        if lines:
            terminalreporter.section("gateway")
            for line in lines:
                terminalreporter.line(line)

    def _of_orphans(self) -> list[str]:
        orphans = [f"  {self._shown(path)}" for path in self.orphans]
        if self.broken:
            return ["--gateway-orphans: the run broke off, so unused cassettes cannot be found"]
        if self.collected.unclear:
            return [f"The run fails, since --gateway-orphans cannot find unused cassettes: {self.collected.unclear}"]
        lines = ["used by no test:", *orphans] if orphans else []
        if self._fails_for_orphans():
            lines.append("The run fails for cassettes that no test uses.")
        if not self.collected.is_all():
            left_out = ", ".join(map(self._shown, self.collected.left_out[:3]))
            but = f" without {left_out}" if left_out else ""
            folders = ", ".join(map(self._shown, self.collected.folders)) or "single files"
            lines.append(
                f"--gateway-orphans: this is a part of the suite ({folders}{but}); other folders were not checked"
            )
        return lines

    def _shown(self, path: str) -> str:
        return str(path).removeprefix(f"{self.config.rootpath}{os.sep}")


def _in(tests: Collection[str]) -> str:
    """Return `in tests/test_a.py::test_it`, `in 3 tests, such as …`."""
    one = min(tests)
    return f"in {one}" if len(tests) == 1 else f"in {len(tests)} tests, such as {one}"


def _is_ours(path: Path) -> bool:
    """Whether a file is our cassette, and not another tool's. An empty file is a cassette of a test without requests."""
    from gateway.cassettes import shape  # noqa: PLC0415  # only where somebody asks

    try:
        with path.open("rb") as file:
            return shape.form(file.read(shape.START), b"") != "foreign"
    except OSError:
        return False
