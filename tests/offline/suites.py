"""Suites of the plugin's users: what the tests of the plugin share."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import gateway.offline.running  # noqa: F401  # so that it stays imported from one inner run to the next
from tests.offline_suite import CLIENT, DISH, write_cassette

OPTIONS = (
    "-p",
    "no:cacheprovider",
    "-p",
    "no:benchmark",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:anyio",
    "-p",
    "no:aiohttp",
)
"""All plugins come by their entry points, ours as well; those that no test here is about only take their time."""

INI = "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"


class Suite:
    """A suite of tests in a folder of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.root = pytester.path
        pytester.makeini(INI)
        pytester.makepyfile(client=CLIENT)

    def test(self, text: str, name: str = "test_app") -> None:
        self.pytester.makepyfile(**{name: "import pytest\nfrom client import *\n" + dedent(text)})

    def cassette(self, name: str, *targets: str) -> Path:
        return write_cassette(self.root / "cassettes" / name, *(targets or (DISH,)))

    def run(self, *arguments: str) -> Any:
        sys.modules.pop("client", None)
        return self.pytester.runpytest_inprocess(*OPTIONS, *arguments)


UNPLAYED = """
def test_alone(gateway):
    ask(gateway.url)
@pytest.mark.cassette("shared")
def test_first(gateway):
    ask(gateway.url)
@pytest.mark.cassette("shared")
def test_second(gateway):
    ask(gateway.url, CABLEVISION)
"""  # fmt: skip

SHARED = """
@pytest.mark.cassette("shared")
def test_it(gateway):
    ask(gateway.url)
"""  # fmt: skip
