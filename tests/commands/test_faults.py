"""`gateway list faults`, and the page that documents them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from gateway.commands.faults import list_faults
from gateway.commands.shared import faults_in
from gateway.config import load
from gateway.config.json_schema import documentation
from gateway.core.adobe.error_codes import DIALECTS
from gateway.core.fault_when import FaultWhen, Schedule
from gateway.core.faults import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text("utf-8")


def test_each_is_told_with_its_first_sentence_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    list_faults()
    told = {line.split(" ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert list(told) == list(FAULTS)
    for name, fault in FAULTS.items():
        assert inspect.cleandoc(fault.__doc__ or "").partition("\n")[0] in told[name]
        assert all(option.name in told[name] for option in fields(fault))


def test_a_command_lines_faults_are_yaml_with_or_without_braces(capsys: pytest.CaptureFixture[str]) -> None:
    texts = ["reset", "delay: 2, when: {nth: 3}", " {status: 503}", "error: invalid_client"]
    assert faults_in(texts) == [
        {"reset": None},
        {"delay": 2, "when": {"nth": 3}},
        {"status": 503},
        {"error": "invalid_client"},
    ]
    assert faults_in([]) is None
    with pytest.raises(SystemExit):
        faults_in(["reset: {"])
    assert capsys.readouterr().err.startswith("--fault: expected YAML such as 'reset'")


def test_the_page_has_each_fault_and_each_option_in_the_words_of_the_code() -> None:
    for name, fault in FAULTS.items():
        assert f"| `{name}` | {inspect.cleandoc(fault.__doc__ or '')} |\n" in PAGE
        options = {option.name for option in fields(fault)}
        for option, said in documentation(fault):
            assert option not in options or f"| `{name}` | `{option}` | {said} |\n" in PAGE


def test_the_pages_configurations_are_fine(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    for block in blocks:
        file = tmp_path / "config.yaml"
        file.write_text(block, "utf-8")
        assert load(file, {}, {}).faults
    assert blocks


def test_the_page_has_each_condition_in_the_words_of_the_code() -> None:
    for option, said in [*documentation(FaultWhen), *documentation(Schedule)]:
        assert re.search(rf"^\| `(schedule\.)?{option}` \| {re.escape(said)} \|$", PAGE, re.MULTILINE), option


def test_the_page_lists_each_documented_code_with_its_status() -> None:
    for dialect, codes in DIALECTS.items():
        for code, said in codes.items():
            assert re.search(rf"^\| {dialect} \| {said.status} \| {said.action} \|.*`{code}`", PAGE, re.MULTILINE), code
