"""The suite of each test of the plugin."""

from __future__ import annotations

import pytest

from tests.offline.suites import Suite


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("GATEWAY_REDACTION_KEY", "6b" * 32)
    return Suite(pytester)
