"""What a whole session of tests is told in the end: interactions that nobody played, cassettes that nobody uses, findings.

Nothing heavy is imported here: pytest loads it into every run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REPORT = "pass_gateway"
"""The attribute of a test's report, and the key of a worker's output, that bring home what is said here."""


@dataclass(eq=False)
class Told:
    """A plugin of its own, one a run; under pytest-xdist the workers note what they collected, and the first process hears it all."""

    config: pytest.Config
    claims: dict[str, int] = field(default_factory=dict)
    """How many tests were collected for each cassette, those that were deselected later included."""
    unclear: bool = False
    """Whether some test's cassette could not be told, so that nothing can be said of those that nobody uses."""
    folders: list[str] = field(default_factory=list)
    """The folders of cassettes beside the tests, and the project's."""
    ran: Counter[str] = field(default_factory=Counter)
    """How many of those tests ran."""
    held: dict[str, dict[int, str]] = field(default_factory=dict)
    """The interactions of each cassette, by the lines on which they begin: what each is, empty where any test played it."""
    failed_alone: set[str] = field(default_factory=set)
    """The cassettes whose only test has failed for what was not played, which need not be said again."""
    findings: Counter[str] = field(default_factory=Counter)
    """In how many tests something was found."""
    warnings: Counter[str] = field(default_factory=Counter)
    """In how many tests something was warned of."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear what the report of a test brings home."""
        said: dict[str, Any] | None = getattr(report, REPORT, None)
        if said is None:
            return
        cassette = said["cassette"]
        held = self.held.setdefault(cassette, {})
        for line, text in said["unplayed"].items():
            held.setdefault(line, text)
        held.update(dict.fromkeys(said["played"], ""))
        if said["when"] == "teardown":  # the rest was said of the test itself; only more may have been played since
            return
        self.ran[cassette] += 1
        if said["fails_alone"]:
            self.failed_alone.add(cassette)
        self.findings.update(set(said["findings"]))
        self.warnings.update(set(said["warnings"]))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear what a worker collected; all of them collected the same."""
        said = getattr(node, "workeroutput", {}).get(REPORT)
        if said is not None:
            self.claims, self.folders, self.unclear = said["claims"], said["folders"], said["unclear"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send home what a worker collected; elsewhere, judge the session."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[REPORT] = {"claims": self.claims, "folders": self.folders, "unclear": self.unclear}
            return
        fails = bool(self.unplayed()) and self.config.getoption("gateway_unplayed") == "fail"
        if (fails or self.orphans()) and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def unplayed(self) -> dict[str, list[str]]:
        """Return what no test asked for, by cassette; of a cassette whose tests did not all run, nothing can be said."""
        part = any("::" in argument for argument in self.config.args)
        found = {}
        for cassette, held in self.held.items():
            claims = self.claims.get(cassette, 1)
            lines = [held[line] for line in sorted(held) if held[line]]
            whole = self.ran[cassette] >= claims and not (part and claims > 1)
            if lines and whole and cassette not in self.failed_alone:
                found[cassette] = lines
        return found

    def orphans(self) -> list[str]:
        """Return the cassettes that no collected test uses, where that is asked for."""
        if self.unclear or not self.config.getoption("gateway_orphans"):
            return []
        there = {str(path) for folder in self.folders for path in Path(folder).rglob("*.yaml")}
        return sorted(there - set(self.claims) - set(self.ran))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it all, where there is something to say."""
        lines: list[str] = []
        for cassette, unplayed in self.unplayed().items():
            lines += [f"not played of {self._shown(cassette)}:", *(f"  {line}" for line in unplayed)]
        if orphans := self.orphans():
            lines += ["used by no test:", *(f"  {self._shown(path)}" for path in orphans)]
        worth = [(name, times) for name, times in self.findings.most_common() if not name.startswith("info ")]
        if worth:
            lines.append("found in the calls of tests (gateway explain ID):")
            lines += [f"  {name} in {times} {'test' if times == 1 else 'tests'}" for name, times in worth]
        lines += [
            f"{text} (in {times} {'test' if times == 1 else 'tests'})" for text, times in self.warnings.most_common()
        ]
        if lines:
            terminalreporter.section("gateway")
            for line in lines:
                terminalreporter.line(line)

    def _shown(self, path: str) -> str:
        root = self.config.rootpath
        return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path
