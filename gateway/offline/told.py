"""What a whole session of tests is told in the end: interactions that nobody played, cassettes that nobody uses, findings.

Nothing heavy is imported here: pytest loads it into every run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from time import time
from typing import Any

import pytest

REPORT = "pass_gateway"
"""The attribute of a test's report, and the key of what processes hand to each other, that bring home what is said here."""
FOLDER = "cassettes"
"""The folder beside the tests."""


@dataclass(eq=False)
class Told:
    """A plugin of its own, one a run; under pytest-xdist the workers note what they collected, and the first process hears it all."""

    config: pytest.Config
    project: Callable[[], Path]
    """Returns the folder of cassettes that the configuration names; a ValueError says what is wrong with that."""
    claims: dict[str, int] = field(default_factory=dict)
    """How many tests were collected for each cassette, those that were deselected later included."""
    by_name: set[str] = field(default_factory=set)
    """The cassettes that bear the names of their tests, so that no other test can be thought to use them."""
    unclear: str = ""
    """Why nothing can be said of cassettes that nobody uses; empty where it can."""
    ran: Counter[str] = field(default_factory=Counter)
    """How many of those tests ran."""
    held: dict[str, dict[int, str]] = field(default_factory=dict)
    """The interactions of each cassette, by their positions: what each is, empty where any test played it."""
    fails: set[str] = field(default_factory=set)
    """The cassettes for which some test wants the session to fail where something was not played."""
    findings: Counter[str] = field(default_factory=Counter)
    """In how many tests something was found."""
    warnings: Counter[str] = field(default_factory=Counter)
    """In how many tests something was warned of."""
    started: float = field(default_factory=time)
    """When the run began, in seconds since the epoch."""

    def __post_init__(self) -> None:
        """Begin when the first process did."""
        self.started = getattr(self.config, "workerinput", {}).get(REPORT, self.started)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker when the run began."""
        node.workerinput[REPORT] = self.started

    def claim(self, cassette: str, *, by_name: bool) -> None:
        """Note that a test has this cassette; `by_name`: by its own name."""
        self.claims[cassette] = self.claims.get(cassette, 0) + 1
        if by_name:
            self.by_name.add(cassette)

    def knows_all(self, cassette: str) -> bool:
        """Whether every test that may use a cassette was collected, though this may be a part of the suite."""
        return cassette in self.by_name or self.is_whole or any(Path(cassette).is_relative_to(f) for f in self.folders)

    def unnamed(self, cassette: str, positions: Iterable[int]) -> list[int]:
        """Return those interactions of which it has not been said what they are."""
        held = self.held.get(cassette, {})
        return [position for position in positions if position not in held]

    @cached_property
    def folders(self) -> list[Path]:
        """The folders whose tests were all collected."""
        if self.config.getoption("lf", default=False):  # it leaves out whole files
            return []
        start = self.config.invocation_params.dir
        named = [Path(os.path.normpath(start / argument)) for argument in self.config.args if "::" not in argument]
        return [path for path in named if path.is_dir()]

    @cached_property
    def is_whole(self) -> bool:
        """Whether the whole suite was collected: from the root folder, or all of `testpaths`."""
        root = self.config.rootpath
        suite = [root / path for path in self.config.getini("testpaths")] or [root]
        return all(any(part.is_relative_to(folder) for folder in self.folders) for part in suite)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear what the report of a test brings home."""
        said: dict[str, Any] | None = getattr(report, REPORT, None)
        if said is None:
            return
        cassette = said["cassette"]
        held = self.held.setdefault(cassette, {})
        for position, text in said["unplayed"].items():
            held.setdefault(position, text)
        held.update(dict.fromkeys(said["played"], ""))
        if said["fails"]:
            self.fails.add(cassette)
        if said["first"]:  # of a test that asked for more when it ended the rest is known
            self.ran[cassette] += 1
            self.findings.update(set(said["findings"]))
            self.warnings.update(set(said["warnings"]))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that some tests could not be collected."""
        if report.failed:
            self.unclear = f"{report.nodeid} could not be collected"

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear what a worker collected; all of them collected the same."""
        said = getattr(node, "workeroutput", {}).get(REPORT)
        if said is not None:
            self.claims, self.by_name, self.unclear = said["claims"], set(said["by_name"]), said["unclear"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send home what a worker collected; elsewhere, judge the session."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[REPORT] = {"claims": self.claims, "by_name": list(self.by_name), "unclear": self.unclear}
            return
        fails = any(cassette in self.fails for cassette in self.unplayed)
        orphans = self.config.getoption("gateway_orphans") and (self.orphans or self.unclear)
        if (fails or orphans) and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @cached_property
    def unplayed(self) -> dict[str, list[str]]:
        """What no test asked for, by cassette; of a cassette whose tests did not all run, nothing can be said."""
        found = {}
        for cassette, held in self.held.items():
            lines = [held[position] for position in sorted(held) if held[position]]
            if lines and self.ran[cassette] >= self.claims.get(cassette, 1) and self.knows_all(cassette):
                found[cassette] = lines
        return found

    @cached_property
    def orphans(self) -> list[str]:
        """The cassettes of ours that no test uses; empty where nothing can be said of them."""
        looked_at = [folder for whole in self.folders for folder in self._walked(whole)]
        try:
            looked_at += [self.project()] if self.is_whole else []
        except (OSError, ValueError) as error:
            self.unclear = str(error)
        if self.unclear:
            return []
        there = {str(path) for folder in looked_at for path in folder.rglob("*.yaml") if _is_ours(path)}
        return sorted(there - set(self.claims) - set(self.ran))

    def _walked(self, top: Path) -> Iterator[Path]:
        """Yield the folders of cassettes beside tests, where pytest looks for tests."""
        ignored = self.config.getini("norecursedirs")
        for at, names, _ in os.walk(top):
            if FOLDER in names:
                names.remove(FOLDER)
                yield Path(at, FOLDER)
            names[:] = [name for name in names if not any(fnmatch(name, pattern) for pattern in ignored)]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it all, where there is something to say."""
        lines: list[str] = []
        for cassette, unplayed in self.unplayed.items():
            lines += [f"not played of {self._shown(cassette)}:", *(f"  {line}" for line in unplayed)]
        if self.config.getoption("gateway_orphans"):
            lines += self._of_orphans()
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

    def _of_orphans(self) -> list[str]:
        if self.unclear:
            return [f"--gateway-orphans: nothing can be said: {self.unclear}"]
        lines = [f"  {self._shown(path)}" for path in self.orphans]
        if lines:
            lines.insert(0, "used by no test:")
        if not self.is_whole:
            looked_at = ", ".join(self._shown(str(folder)) for folder in self.folders) or "nothing"
            lines.append(f"--gateway-orphans: this is a part of the suite, in which {looked_at} was looked at")
        return lines

    def _shown(self, path: str) -> str:
        root = self.config.rootpath
        return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path


def _is_ours(path: Path) -> bool:
    """Whether a file is a cassette of our form, and not another tool's; one without a byte records that nothing was asked."""
    from gateway.cassettes import shape  # noqa: PLC0415  # only where somebody asks

    try:
        with path.open("rb") as file:
            return shape.form(file.read(shape.START), b"") != "foreign"
    except OSError:
        return False
