"""What a library would import, and need not."""

from __future__ import annotations

import sys

import pytest

from gateway.system.unneeded import without


def test_an_import_fails_for_as_long_as_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this", raising=False)
    with without("this"), pytest.raises(ImportError):
        import this  # noqa: F401, PLC0415
    assert "this" not in sys.modules


def test_what_is_there_stays() -> None:
    with without("sys"):
        import sys as again  # noqa: PLC0415
    assert again is sys
