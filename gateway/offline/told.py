"""What a whole session of tests is told in the end: interactions that nobody played, cassettes that nobody uses, findings.

Nothing heavy is imported here: pytest loads it into every run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
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
    findings: dict[str, set[str]] = field(default_factory=dict)
    """In which tests something was found."""
    warnings: dict[str, set[str]] = field(default_factory=dict)
    """In which tests something was warned of."""
    skipped: str = ""
    """Which file was skipped as a whole, so that it is not known what its tests use."""
    deselected: bool = False
    """Whether some tests were."""
    folders: list[Path] = field(default_factory=list)
    """The folders whose tests were all collected."""
    is_whole: bool = False
    """Whether the whole suite was collected."""
    started: float = field(default_factory=time)
    """When the run began, in seconds since the epoch."""

    def __post_init__(self) -> None:
        """Take from the first process what only that knows, in a worker of pytest-xdist."""
        given = getattr(self.config, "workerinput", {}).get(REPORT)
        if given is None:
            self.folders, self.is_whole = self._collected()
        else:
            self.started, self.is_whole = given["started"], given["is_whole"]
            self.folders = [Path(folder) for folder in given["folders"]]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker when the run began, and what is collected."""
        folders = [str(folder) for folder in self.folders]
        node.workerinput[REPORT] = {"started": self.started, "is_whole": self.is_whole, "folders": folders}

    def claim(self, cassette: str, *, by_name: bool) -> None:
        """Note that a test has this cassette; `by_name`: by its own name."""
        self.claims[cassette] = self.claims.get(cassette, 0) + 1
        if by_name:
            self.by_name.add(cassette)

    def knows_all(self, cassette: str) -> bool:
        """Whether every test that may use a cassette was collected, though this may be a part of the suite."""
        if cassette in self.by_name:
            return True
        return not self.skipped and (self.is_whole or any(Path(cassette).is_relative_to(f) for f in self.folders))

    def unnamed(self, cassette: str, positions: Iterable[int]) -> list[int]:
        """Return those interactions of which it has not been said what they are."""
        held = self.held.get(cassette, {})
        return [position for position in positions if position not in held]

    def _collected(self) -> tuple[list[Path], bool]:
        """Return the folders whose tests are all collected, and whether that is the whole suite: the root folder, or `testpaths`."""
        config = self.config
        ignoring = any(str(argument).startswith("--ignore") for argument in config.invocation_params.args)
        if ignoring or config.getoption("lf", default=False):  # which leaves out whole files, too
            return [], False
        start, root = config.invocation_params.dir, config.rootpath
        named = [Path(os.path.normpath(start / argument)) for argument in config.args if "::" not in argument]
        folders = [path for path in named if path.is_dir()]
        suite = [root / path for path in config.getini("testpaths")] or [root]
        is_whole = all(any(part.is_relative_to(folder) for folder in folders) for part in suite)
        return folders, is_whole or config.args_source is pytest.Config.ArgsSource.TESTPATHS

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
        self.ran[cassette] += said["ran"]
        for finding in said["findings"]:
            self.findings.setdefault(finding, set()).add(report.nodeid)
        for warning in said["warnings"]:
            self.warnings.setdefault(warning, set()).add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that some tests were not collected."""
        if report.failed:
            self.unclear = f"{report.nodeid} could not be collected"
        elif report.skipped:
            self.skipped = report.nodeid

    def pytest_deselected(self) -> None:
        """Note that some tests do not run."""
        self.deselected = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear what a worker collected; all of them collected the same."""
        said = getattr(node, "workeroutput", {}).get(REPORT)
        if said is not None:
            self.by_name = set(said.pop("by_name"))
            for name, value in said.items():
                setattr(self, name, value)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send home what a worker collected; elsewhere, judge the session."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            names = ("claims", "unclear", "skipped", "deselected")
            output[REPORT] = {name: getattr(self, name) for name in names} | {"by_name": list(self.by_name)}
            return
        if (self.failing or self._fails_for_orphans()) and session.exitstatus in {
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @cached_property
    def unplayed(self) -> dict[str, list[str]]:
        """What no test asked for, by cassette; of a cassette whose tests did not all run, nothing can be said."""
        found = {}
        for cassette, held in self.held.items():
            lines = [held[position] for position in sorted(held) if held[position]]
            if lines and self._all_ran(cassette):
                found[cassette] = lines
        return found

    @property
    def failing(self) -> list[str]:
        """The cassettes of which the session fails that something was not played."""
        return [cassette for cassette in self.unplayed if cassette in self.fails]

    def _all_ran(self, cassette: str) -> bool:
        """Whether every test that may use a cassette ran to its end."""
        claims = self.claims.get(cassette)
        if claims is None:  # tests that were not seen to use it: fixtures ask for the gateway by its name
            return self.is_whole and not self.deselected and not self.skipped
        return self.ran[cassette] >= claims and self.knows_all(cassette)

    @cached_property
    def orphans(self) -> list[str]:
        """The cassettes of ours that no test uses; empty where nothing can be said of them."""
        looked_at = [folder for whole in self.folders for folder in self._walked(whole)]
        try:
            looked_at += [self.project()] if self.is_whole else []
        except (OSError, ValueError) as error:
            self.unclear = str(error)
        if self.unclear or self.skipped:
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

    def _fails_for_orphans(self) -> bool:
        return self.config.getoption("gateway_orphans") and bool(self.orphans or self.unclear)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it all, where there is something to say."""
        lines: list[str] = []
        for cassette, unplayed in self.unplayed.items():
            lines += [f"not played of {self._shown(cassette)}:", *(f"  {line}" for line in unplayed)]
        if self.failing:
            lines.append(f"The run fails for what was not played of {', '.join(map(self._shown, self.failing))}.")
        if self.config.getoption("gateway_orphans"):
            lines += self._of_orphans()
        findings = sorted(self.findings.items(), key=lambda found: -len(found[1]))
        worth = [f"  {name} {_in(tests)}" for name, tests in findings if not name.startswith("info ")]
        if worth:
            lines += ["found in the calls of tests (gateway explain ID):", *worth]
        lines += [f"{text} ({_in(tests)})" for text, tests in self.warnings.items()]
        if lines:
            terminalreporter.section("gateway")
            for line in lines:
                terminalreporter.line(line)

    def _of_orphans(self) -> list[str]:
        if not self.unclear and self.skipped:
            return [f"--gateway-orphans: nothing can be said, since {self.skipped} was skipped"]
        lines = [f"  {self._shown(path)}" for path in self.orphans]
        if self.unclear:
            return [f"The run fails, since --gateway-orphans can say nothing: {self.unclear}"]
        if lines:
            lines = ["used by no test:", *lines, "The run fails for cassettes that no test uses."]
        if not self.is_whole:
            looked_at = ", ".join(self._shown(str(folder)) for folder in self.folders) or "no folder"
            lines.append(f"--gateway-orphans: this is a part of the suite, of which {looked_at} was looked at")
        return lines

    def _shown(self, path: str) -> str:
        root = self.config.rootpath
        return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path


def _in(tests: Collection[str]) -> str:
    """Return `in tests/test_a.py::test_it`, `in 3 tests, such as …`."""
    one = min(tests)
    return f"in {one}" if len(tests) == 1 else f"in {len(tests)} tests, such as {one}"


def _is_ours(path: Path) -> bool:
    """Whether a file is a cassette of our form, and not another tool's; one without a byte records that nothing was asked."""
    from gateway.cassettes import shape  # noqa: PLC0415  # only where somebody asks

    try:
        with path.open("rb") as file:
            return shape.form(file.read(shape.START), b"") != "foreign"
    except OSError:
        return False
