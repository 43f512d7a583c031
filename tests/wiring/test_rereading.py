"""A reload takes no missing or empty file for a configuration that says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import load
from gateway.wiring.rereading import ConfigGoneError, rereading


def test_a_file_that_is_gone_or_empty_is_refused_and_one_that_is_back_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("mode: passthrough")
    again = rereading(file, lambda: load(file, {}, {}))
    file.write_text(" \n")
    with pytest.raises(ConfigGoneError, match="expected the configuration, found an empty file"):
        again()
    file.unlink()
    with pytest.raises(ConfigGoneError, match="expected the configuration, found no such file"):
        again()
    file.write_text("# nothing")
    assert again().mode == "auto"


def test_who_started_without_a_file_may_have_one_later(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    again = rereading(file, lambda: load(file if file.exists() else None, {}, {}))
    assert again().mode == "auto"
    file.write_text("mode: passthrough")
    assert again().mode == "passthrough"
