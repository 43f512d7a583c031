"""The audit for the summary of a build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.reports.markdown import render, text
from gateway.reports.model import Sheet
from tests.reports.recordings import audited, hostile


def test_each_finding_is_a_row_of_six_cells(tmp_path: Path) -> None:
    rows = [line for line in render(audited(tmp_path), Sheet()).splitlines() if line.startswith("| ")][1:]

    assert len(rows) == len(audited(tmp_path).groups())
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 7 for row in rows)


def test_each_check_says_what_to_do_once(tmp_path: Path) -> None:
    advice = [line for line in render(audited(tmp_path), Sheet()).splitlines() if line.startswith("* **")]

    assert len(advice) == len({reported.finding.id for _, reported in audited(tmp_path).findings})
    assert all("([page](https://experienceleague.adobe.com/" in line for line in advice)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<b>", r"\<b\>"),
        ("*x* `y`", r"\*x\* \`y\`"),
        ("line\nbreak", r"line\\nbreak"),
        ("@all", r"\@all"),
    ],
)
def test_a_text_is_shown_as_it_is(value: str, shown: str) -> None:
    assert text(value) == shown


def test_a_cassette_adds_no_markup(tmp_path: Path) -> None:
    report = render(audited(tmp_path, hostile()), Sheet())

    assert not re.search(r"(?<!\\)<", report)
    assert "\x1b" not in report
