"""Lists in help texts are those of the code."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from gateway.cassettes.converters import CONVERTERS
from gateway.cli import app
from gateway.commands.lists import LISTS, filled
from gateway.reports import REPORTS, SEVERITY_OF
from tests.harness.for_each import for_each


def test_a_help_text_lists_what_the_code_has() -> None:
    assert filled("{reports}; {failing}; {modes}; {offline}; {times}") == (
        f"{', '.join([*REPORTS][:-1])} or {[*REPORTS][-1]}; "
        f"{', '.join([*SEVERITY_OF][:-1])} or {[*SEVERITY_OF][-1]}; passthrough, record, replay or auto; "
        "replay, record or auto; as_recorded or shift"
    )
    assert filled("delay: 2, when: {nth: 3}, /api/{sp}") == "delay: 2, when: {nth: 3}, /api/{sp}"


@for_each("name", LISTS)
def test_each_list_is_there(name: str) -> None:
    assert " or " in filled(f"{{{name}}}")


@for_each(
    ("command", "words"),
    [
        (["cassette", "import"], [*CONVERTERS]),
        (["exec"], ["Mode: replay, record or auto.", "as_recorded or shift."]),
    ],
)
def test_the_help_of_a_command_shows_them(command: list[str], words: list[str]) -> None:
    said = " ".join(CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "300"}).output.split())
    assert all(word in said for word in words)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("gateway.commands.lists.import_module", missing)
    assert ".[lab]" in filled("{resolvers}")
