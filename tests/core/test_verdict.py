"""What checks say is heard one by one, and no check that raises ends that."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.checking import CheckInfo, Noticed
from gateway.core.verdict import MOST, NOTHING, Defect, all_of, heard, refusal_of

INFO = CheckInfo("XXX001", "warning", "A title", "https://example.com", "A fix", "")


def _endless() -> Iterator[Noticed]:
    while True:
        yield Noticed("where", "found", "expected")


def _broken() -> Iterator[Noticed]:
    yield Noticed("where", "found", "expected")
    raise KeyError


def test_nothing_said_is_nothing() -> None:
    assert heard(INFO, "info", lambda: ()) is None
    assert all_of([None, None]) is NOTHING


def test_a_check_speaks_so_many_times_and_at_the_severity_it_is_given() -> None:
    verdict = heard(INFO, "error", _endless)
    assert verdict is not None
    assert len(verdict.findings) == MOST
    assert {(finding.id, finding.severity, finding.source) for finding in verdict.findings} == {
        ("XXX001", "error", "https://example.com")
    }


def test_a_check_that_raises_is_a_defect() -> None:
    verdict = heard(INFO, "info", _broken)
    assert verdict is not None
    assert verdict.defects == (Defect("XXX001", "KeyError"),)
    assert len(verdict.findings) == 1
    assert refusal_of(verdict.findings, (), "info") is None
