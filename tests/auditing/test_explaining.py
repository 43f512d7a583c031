"""What is said of a check by its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.auditing.explaining import UnknownCheckError, explained
from gateway.core.checking import CheckInfo, RequestCheck
from gateway.core.checks import CHECKS
from tests.harness.for_each import for_each

PAGE = Path(__file__).parent.parent.parent / "docs" / "checks.md"


def test_a_check_is_explained() -> None:
    text = explained("auth003")

    assert text.startswith("AUTH003  error  The access token has expired\n\n")
    assert "Adobe: is taken to answer 401 invalid_access_token_client_application\n" in text
    assert "\nOpen:  The code and the body of the answer" in text
    assert "Adobe: answers 400 invalid_header_device_identifier\n" in explained("DEV001")


def test_a_check_of_two_severities_says_both() -> None:
    assert explained("HDR004").startswith("HDR004  warning or info  ")


def test_the_page_lists_each_check_as_it_is() -> None:
    """docs/checks.md: every check with its severity and its title, and each open question where `explain` has it."""
    text = PAGE.read_text(encoding="utf-8")
    listed = [line for line in text.splitlines() if re.match(r"\| [A-Z]+[0-9]+ \|", line)]
    assert listed == [row_of(check.info) for check in CHECKS]
    assert all(check.info.open in text for check in CHECKS)


def row_of(info: CheckInfo) -> str:
    severity = f"{info.severity}, {info.milder}" if info.milder else info.severity
    return f"| {info.id} | {severity} | {info.title} |"


@pytest.mark.parametrize(
    ("check", "advice"), [("AUTH03", "did you mean AUTH003"), ("%", "`gateway list checks` prints them")]
)
def test_an_unknown_check_suggests_the_nearest(check: str, advice: str) -> None:
    with pytest.raises(UnknownCheckError, match=advice):
        explained(check)


@for_each("check", CHECKS, ids=[check.info.id for check in CHECKS])
def test_each_check_can_be_explained(check: RequestCheck) -> None:
    text = explained(check.info.id)

    assert check.info.fix in text
    assert check.info.page in text
    assert len(text.split("\n\n")) >= 3
