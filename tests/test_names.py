"""A cassette is called by its name wherever a command takes one."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.offline_suite import DISH, write_cassette

COMMANDS = (
    ["audit", "logout", "--fail-on", "never"],
    ["cassette", "lint", "logout"],
    ["cassette", "repair", "logout"],
    ["cassette", "show", "logout"],
    ["cassette", "diff", "logout", "logout"],
    ["cassette", "export", "logout", "--format", "har"],
    ["cassette", "scrub", "logout", "--output", "scrubbed"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_a_name_is_a_file_in_the_folder_of_cassettes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_cassette(tmp_path / "cassettes" / "logout.yaml", DISH)
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output

    other = ["nothing" if word == "logout" else word for word in command]
    done = CliRunner().invoke(app, other)
    assert done.exit_code == 2
    assert "nothing.yaml: expected a cassette, found no such file; there are in cassettes: logout" in done.output
