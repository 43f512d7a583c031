"""What is said of a check by its id."""

from __future__ import annotations

import pytest

from gateway.auditing.explaining import UnknownCheckError, explained
from gateway.core.checking import RequestCheck
from gateway.core.checks import CHECKS
from tests.harness.for_each import for_each


def test_each_entry_of_a_list_begins_a_line() -> None:
    text = explained("RESP011")
    assert "four causes:\n\n1. The device identifier" in text
    assert [line[:2] for line in text.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3.", "4."]


def test_a_check_is_explained() -> None:
    text = explained("auth003")

    assert text.startswith("AUTH003  error  The access token has expired\n\n")
    assert "Adobe: is expected to answer 401 invalid_access_token_client_application\n" in text
    assert "\nOpen:  Which code and body Adobe sends for a missing" in text
    assert "Adobe: answers 400 invalid_header_device_identifier\n" in explained("DEV001")


def test_a_check_of_two_severities_says_both() -> None:
    assert explained("HDR004").startswith("HDR004  warning or info  ")


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
