"""The collected tests of a suite: which tests use which cassette, and for which cassettes all tests are known.

This module imports nothing that is slow, since pytest loads it in every run.
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
    """The facts about the collected tests. One process can send them to another."""

    folders: list[str] = field(default_factory=list)
    """The folders in which pytest looked for tests."""
    is_whole: bool = False
    """Whether these folders are the whole suite: the root folder, or `testpaths`."""
    left_out: list[str] = field(default_factory=list)
    """Files and folders in them that may have tests, and were not collected: ignored, skipped or broken ones."""
    project: str = ""
    """The configuration's folder of cassettes. Empty until a test asks for it."""
    claims: dict[str, int] = field(default_factory=dict)
    """Number of tests for each cassette, including deselected tests."""
    possible: dict[str, bool] = field(default_factory=dict)
    """The cassettes of tests that have the marker, and not the fixture: they may ask for the gateway while they run."""
    by_name: dict[str, bool] = field(default_factory=dict)
    """The cassettes with the names of their tests. No other test is expected to use them."""
    deselected: bool = False
    """Whether some tests do not run."""
    unclear: str = ""
    """Why unused cassettes cannot be found. Empty if they can."""

    def as_data(self) -> dict[str, Any]:
        """Return the arguments that make the same object in another process."""
        return asdict(self)

    def claim(self, cassette: str, *, by_name: bool) -> None:
        """Note that a test uses this cassette. `by_name`: the cassette has the test's own name."""
        self.claims[cassette] = self.claims.get(cassette, 0) + 1
        if by_name:
            self.by_name[cassette] = True

    def is_alone(self, cassette: str) -> bool:
        """Whether exactly one test uses a cassette."""
        return self.claims.get(cassette) == 1 and cassette not in self.possible and self.knows_all(cassette)

    def is_all(self) -> bool:
        """Whether all tests were collected."""
        return self.is_whole and not self.left_out

    def knows_all(self, cassette: str) -> bool:
        """Whether all tests that may use a cassette were collected. This may be true for a part of the suite."""
        if cassette in self.by_name or self.is_all():
            return True
        if self.project and _is_within(cassette, self.project):
            return False
        beside, found, _ = cassette.rpartition(f"{os.sep}{FOLDER}{os.sep}")
        return bool(found) and self.knows_tests_in(beside)

    def knows_tests_in(self, folder: str) -> bool:
        """Whether all test files directly in a folder were collected."""
        if not any(_is_within(folder, looked_at) for looked_at in self.folders):
            return False
        return not any(_is_within(folder, path) or os.path.dirname(path) == folder for path in self.left_out)  # noqa: PTH120  # text, and often


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def looked_through(config: pytest.Config) -> tuple[list[str], bool]:
    """Return the folders that pytest was told to collect, and whether they are the whole suite."""
    if config.getoption("lf", default=False):  # --lf leaves out whole files
        return [], False
    start, root = config.invocation_params.dir, config.rootpath
    named = [os.path.normpath(start / argument) for argument in config.args if "::" not in argument]
    folders = [path for path in named if os.path.isdir(path)]  # noqa: PTH112  # text, as all here
    suite = [str(root / path) for path in config.getini("testpaths")] or [str(root)]
    is_whole = all(any(_is_within(part, folder) for folder in folders) for part in suite)
    return folders, is_whole or config.args_source is pytest.Config.ArgsSource.TESTPATHS


def may_hold_tests(path: Path, config: pytest.Config) -> bool:
    """Whether pytest would find test files at an ignored path."""
    if path.name == "__pycache__":
        return False
    files = [path] if path.is_file() else (at / name for at, names in walked([path], config) for name in names)
    patterns = config.getini("python_files")
    return any(file.suffix == ".py" and _matches(file, patterns) for file in files)


def _matches(path: Path, patterns: Iterable[str]) -> bool:
    """Whether a path matches one of pytest's patterns.

    A pattern with a separator is compared with the whole path. Any other pattern is compared with the path's last part.
    """
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
