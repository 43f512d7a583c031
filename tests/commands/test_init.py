"""`gateway init` writes a configuration that is the default one, ignores what nobody commits, and overwrites nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.commands.init import IGNORED
from gateway.config import Config, load
from tests.harness.for_each import for_each


def init(folder: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["init", str(folder)])
    return done.exit_code, done.output


def test_the_file_is_the_default_one_and_so_it_is_with_every_line_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, said = init(Path("lab"))
    assert status == 0
    assert "gateway run" in said
    assert "lab/config.yaml: written" in said
    assert "next:\n  cd lab  " in said, "the commands after it look for config.yaml in the working directory"
    text = Path("lab/config.yaml").read_text()
    Path("config.yaml").write_text(text)
    assert load(None, {}, {}) == Config()
    whole = re.sub(r"^( +)# (?=[a-z_]+: )", r"\1", text, flags=re.MULTILINE)
    assert whole != text
    Path("config.yaml").write_text(re.sub(r"^ +tls: .*\n", "", whole, flags=re.MULTILINE))
    changed = load(None, {}, {})
    assert changed.log.file == Path("gateway.log")
    assert changed.audit.checks == {"XFF002": "off"}


@for_each(
    ("before", "after"),
    [
        (None, [*IGNORED]),
        ("", [*IGNORED]),
        ("node_modules/\n", ["node_modules/", *IGNORED]),
        ("node_modules/", ["node_modules/", *IGNORED]),
        ("\n".join(IGNORED), [*IGNORED]),
        (f"{IGNORED[1]}\nx\n", [IGNORED[1], "x", *[one for one in IGNORED if one != IGNORED[1]]]),
    ],
)
def test_what_is_missing_is_added_to_gitignore(tmp_path: Path, before: str | None, after: list[str]) -> None:
    file = tmp_path / ".gitignore"
    if before is not None:
        file.write_text(before)
    assert init(tmp_path)[0] == 0
    assert file.read_text().splitlines() == after


def test_in_the_working_directory_nobody_is_told_to_leave_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["init"]).output
    assert "next:\n  gateway run  " in said


def test_a_configuration_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mode: replay")
    status, said = init(tmp_path)
    assert status == 2
    assert "the file exists already" in said
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_what_a_gateway_makes_by_default_is_ignored() -> None:
    config = Config()
    assert config.redaction.key_file.name in IGNORED
    assert any(config.control.token_file.match(entry) for entry in IGNORED)
    assert any(Path(config.clients.state_file.name).match(entry) for entry in IGNORED)
    assert f"/{config.lab.folder}/" in IGNORED, "the keys of the lab's certificates"
