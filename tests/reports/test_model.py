"""What reports are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.wording import many
from gateway.reports.model import family, tally
from tests.reports.recordings import audited, call, recorded, token


def test_equal_findings_are_one_group_with_all_its_places(tmp_path: Path) -> None:
    call_ = call(Authorization=f"Bearer {token(ends_in=-60)}")
    result = audited(tmp_path, *(recorded(call_, seconds=n * 60) for n in range(3)))

    groups = [group for group in result.groups() if group.reported.finding.id == "AUTH003"]

    assert [[audited.number for audited in group.seen] for group in groups] == [[1, 2, 3]]


def test_groups_begin_with_the_worst(tmp_path: Path) -> None:
    severities = [group.reported.finding.severity for group in audited(tmp_path).groups()]

    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert len(set(severities)) == 3


def test_what_is_known_comes_after_what_is_new(tmp_path: Path) -> None:
    result = audited(tmp_path)
    first = result.groups()[0].reported

    compared = result.against(frozenset({first.fingerprint}))

    assert compared.groups()[-1].reported.finding.id == first.finding.id
    assert compared.known == sum(reported.fingerprint == first.fingerprint for _, reported in result.findings)


@pytest.mark.parametrize(("fail_on", "fails"), [("error", {"error"}), ("warning", {"error", "warning"}), (None, set())])
def test_an_audit_fails_at_the_severity_it_is_told_and_above(
    tmp_path: Path, fail_on: str | None, fails: set[str]
) -> None:
    result = audited(tmp_path, fail_on=fail_on)  # type: ignore[arg-type]

    assert {reported.finding.severity for _, reported in result.findings if result.fails(reported)} == fails
    assert result.failed == bool(fails)


def test_what_is_known_fails_nothing(tmp_path: Path) -> None:
    result = audited(tmp_path)

    assert not result.against(frozenset(reported.fingerprint for _, reported in result.findings)).failed


def test_what_could_not_be_judged_is_said_once(tmp_path: Path) -> None:
    redacted = audited(tmp_path).not_judged()["redacted"]

    assert len(redacted) == len(set(redacted)) > 0


@pytest.mark.parametrize(("check", "name"), [("AUTH003", "AUTH"), ("V1001", "V1"), ("RW001", "RW"), ("X", "X")])
def test_a_family_is_an_id_without_its_number(check: str, name: str) -> None:
    assert family(check) == name


def test_things_are_counted_in_words() -> None:
    assert [many(1, "call"), many(1234, "call"), many(2, "entry")] == ["1 call", "1,234 calls", "2 entries"]
    assert tally({"error": 1, "warning": 0, "info": 2}) == "1 error, 2 notes"
    assert tally({"error": 0, "warning": 0, "info": 0}) == "nothing found"
