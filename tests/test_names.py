"""A cassette is called by its name wherever a command takes one."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.harness.for_each import for_each
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


@for_each("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
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
    assert "cassettes/nothing.yaml" in done.output
    assert "found no such file" in done.output
    assert "; cassettes in cassettes: logout" in done.output


FOLDERS = (
    ["audit", "tapes", "--fail-on", "never", "--format", "json"],
    ["cassette", "lint", "tapes"],
    ["cassette", "ls", "tapes"],
    ["cassette", "scrub", "tapes", "--output", "scrubbed"],
)


@pytest.mark.parametrize("command", FOLDERS, ids=lambda command: " ".join(command[:2]))
def test_a_folder_means_the_same_cassettes_to_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Each looks at a file of each kind, as its complaint shows; where there is none, it says so."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.yml", "b.json", "deep/c", "d.yaml"):
        path = tmp_path / "tapes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("interactions: 5\nversion: 1\n")
        (tmp_path / "tapes/notes.txt").write_text("nothing")
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 2
        assert f"tapes/{name}:1: interactions: expected a list" in done.output
        path.unlink()
    for path in (tmp_path / "tapes").rglob("*"):
        assert path.name in {"notes.txt", "deep"}
    done = CliRunner().invoke(app, command)
    if command[1] == "ls":
        assert (done.exit_code, done.output) == (0, "tapes: no cassettes\n")
    else:
        assert done.exit_code == 2
        assert "tapes: expected a folder with cassettes in it, found a folder without any" in done.output
