"""The suite that the documentation gives is one: it records, and replays with nothing behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = "pytester"

PAGE = Path(__file__).parent.parent / "docs" / "offline-tests.md"


@pytest.mark.long
def test_the_suite_to_copy_records_and_replays(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (suite,) = re.findall(r"```python\n# tests/test_sign_out\.py\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(test_sign_out=suite)
    quiet = ("-p", "no:cacheprovider", "-p", "no:benchmark", "-p", "no:hypothesispytest")
    pytester.runpytest_subprocess(*quiet, "--gateway-mode=auto").assert_outcomes(passed=2)
    pytester.runpytest_subprocess(*quiet).assert_outcomes(passed=2)
