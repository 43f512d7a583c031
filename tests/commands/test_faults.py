"""`gateway list faults`, and the page that documents them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from gateway.commands.faults import list_faults
from gateway.commands.shared import faults_in
from gateway.core.adobe.error_codes import DIALECTS
from gateway.core.faults import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "faults.md").read_text("utf-8")


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


def test_the_page_lists_each_documented_code_with_its_status() -> None:
    for dialect, codes in DIALECTS.items():
        for code, said in codes.items():
            assert re.search(rf"^\| {dialect} \| {said.status} \| {said.action} \|.*`{code}`", PAGE, re.MULTILINE), code
