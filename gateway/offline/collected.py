"""The collected tests of a suite: which tests use which cassette, and for which cassettes all tests are known.

Nothing heavy is imported here: pytest loads it into every run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

FOLDER = "cassettes"
"""The folder beside the tests."""


@dataclass
class Collected:
    """All of it is what one process can hand to another."""

    folders: list[str] = field(default_factory=list)
    """The folders that were looked through for tests."""
    is_whole: bool = False
    """Whether they are the whole suite: the root folder, or `testpaths`."""
    left_out: list[str] = field(default_factory=list)
    """The files and folders in them that were not collected, though they may hold tests: ignored, skipped or broken."""
    project: str = ""
    """The folder of cassettes that the configuration names, once some test has asked for it."""
    claims: dict[str, int] = field(default_factory=dict)
    """Number of tests for each cassette, with deselected tests."""
    possible: dict[str, bool] = field(default_factory=dict)
    """The cassettes of tests that bear the marker, and may ask for the gateway while they run."""
    by_name: dict[str, bool] = field(default_factory=dict)
    """The cassettes that bear the names of their tests, so that no other test can be thought to use them."""
    deselected: bool = False
    """Whether some tests do not run."""
    unclear: str = ""
    """Why nothing can be said of cassettes that nobody uses; empty if it can."""

    def as_data(self) -> dict[str, Any]:
        """Return what makes it again in another process."""
        return asdict(self)

    def claim(self, cassette: str, *, by_name: bool) -> None:
        """Note that a test has this cassette; `by_name`: by its own name."""
        self.claims[cassette] = self.claims.get(cassette, 0) + 1
        if by_name:
            self.by_name[cassette] = True

    def is_alone(self, cassette: str) -> bool:
        """Whether just one test has a cassette."""
        return self.claims.get(cassette) == 1 and cassette not in self.possible and self.knows_all(cassette)

    def is_all(self) -> bool:
        """Whether every test was collected that there is."""
        return self.is_whole and not self.left_out

    def knows_all(self, cassette: str) -> bool:
        """Whether every test that may use a cassette was collected, though this may be a part of the suite."""
        if cassette in self.by_name or self.is_all():
            return True
        if self.project and _is_within(cassette, self.project):
            return False
        beside, found, _ = cassette.rpartition(f"{os.sep}{FOLDER}{os.sep}")
        return bool(found) and self.knows_tests_in(beside)

    def knows_tests_in(self, folder: str) -> bool:
        """Whether all test files that lie in a folder itself were collected."""
        if not any(_is_within(folder, looked_at) for looked_at in self.folders):
            return False
        return not any(_is_within(folder, path) or os.path.dirname(path) == folder for path in self.left_out)  # noqa: PTH120  # text, and often


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def looked_through(config: pytest.Config) -> tuple[list[str], bool]:
    """Return the folders that pytest was told to collect, and whether they are the whole suite."""
    if config.getoption("lf", default=False):  # it leaves out whole files
        return [], False
    start, root = config.invocation_params.dir, config.rootpath
    named = [os.path.normpath(start / argument) for argument in config.args if "::" not in argument]
    folders = [path for path in named if os.path.isdir(path)]  # noqa: PTH112  # text, as all here
    suite = [str(root / path) for path in config.getini("testpaths")] or [str(root)]
    is_whole = all(any(_is_within(part, folder) for folder in folders) for part in suite)
    return folders, is_whole or config.args_source is pytest.Config.ArgsSource.TESTPATHS


def may_hold_tests(path: Path, config: pytest.Config) -> bool:
    """Whether pytest would find test files there, were it not told to ignore the place."""
    if path.name == "__pycache__":
        return False
    files = [path] if path.is_file() else (at / name for at, names in walked([path], config) for name in names)
    patterns = config.getini("python_files")
    return any(file.suffix == ".py" and _matches(file, patterns) for file in files)


def _matches(path: Path, patterns: Iterable[str]) -> bool:
    """Whether a path is meant by some pattern, as pytest reads them: one with a separator is of the path, another of its last part."""
    return any(
        fnmatch(str(path), f"*{os.sep}{pattern}") if os.sep in pattern else fnmatch(path.name, pattern)
        for pattern in patterns
    )


def walked(tops: Iterable[Path], config: pytest.Config) -> Iterator[tuple[Path, list[str]]]:
    """Yield the folders where pytest looks for tests, each with its file names."""
    ignored = config.getini("norecursedirs")
    for top in tops:
        if _matches(top, ignored):
            continue
        for at, folders, files in os.walk(top):
            if "pyvenv.cfg" in files:
                folders.clear()
                continue
            folders[:] = [name for name in folders if not _matches(Path(at, name), ignored)]
            yield Path(at), files
