"""A start that takes long shows that it goes on; one that does not says nothing."""

from __future__ import annotations

from pathlib import Path
from threading import enumerate as threads
from time import sleep

import pytest

from gateway.cassettes.reader import load
from gateway.commands.starting import starting
from tests.cassettes.samples import cassette, logout


def test_each_interaction_is_counted_and_a_long_start_says_how_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(cassette(logout(1), logout(2)))
    with starting(path, first=0.0, again=0.01) as step:
        load(path, step)
        while "2 interactions" not in (said := capsys.readouterr().err):
            sleep(0.01)
    assert f"starting: 2 interactions of {path} read after 0 s" in said
    assert "starting" not in {thread.name for thread in threads()}


def test_a_short_start_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with starting(Path("a.yaml")) as step:
        step()
    assert capsys.readouterr().err == ""
