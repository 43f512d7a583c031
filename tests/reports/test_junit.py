"""JUnit XML, held to what the two published schemas ask for: Ant's JUnit.xsd and Jenkins' junit-10.xsd."""

# ruff: noqa: S314  # the documents are our own
from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from gateway.core.checking import NotJudged
from gateway.core.checks import CHECKS
from gateway.core.verdict import Defect
from gateway.reports.junit import render
from gateway.reports.model import Result, Sheet
from tests.reports.recordings import audited, call, hostile, recorded

SUITE = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"}


def document(result: Result) -> ET.Element:
    return ET.fromstring(render(result, Sheet()))


@pytest.fixture
def fleet(tmp_path: Path) -> Result:
    return audited(tmp_path)


def test_the_document_is_what_both_schemas_describe(fleet: Result) -> None:
    """Ant's orders a suite's children and allows a case one; Jenkins' takes that too."""
    root = document(fleet)

    assert (root.tag, root.attrib) == ("testsuites", {})
    for number, suite in enumerate(root):
        assert suite.tag == "testsuite"
        assert set(suite.attrib) == SUITE
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert suite.attrib["id"] == str(number)
        tags = [child.tag for child in suite]
        assert tags == ["properties", *["testcase"] * int(suite.attrib["tests"]), "system-out", "system-err"]
        for case in suite.iter("testcase"):
            assert set(case.attrib) == {"name", "classname", "time"}
            assert [child.tag for child in case] in ([], ["failure"], ["error"], ["skipped"])
            for failure in case.iter("failure"):
                assert set(failure.attrib) == {"message", "type"}


def test_there_is_one_case_for_each_check_and_cassette(fleet: Result) -> None:
    names = [case.attrib["name"].partition(" ")[0] for case in document(fleet).iter("testcase")]

    assert names == [check.info.id for check in CHECKS]


def test_the_counts_are_those_of_the_cases(fleet: Result) -> None:
    suite = document(fleet)[0]

    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[attribute]) == len(list(suite.iter(tag)))
    assert int(suite.attrib["failures"]) == 8


def test_only_what_is_new_and_bad_enough_fails(fleet: Result) -> None:
    expired = {reported.fingerprint for _, reported in fleet.findings if reported.finding.id == "AUTH003"}
    suite = document(fleet.against(frozenset(expired)))[0]

    failed = {
        case.attrib["name"].partition(" ")[0] for case in suite.iter("testcase") if case.find("failure") is not None
    }
    assert "AUTH003" not in failed
    assert "AUTH001" in failed
    assert "AUTH003 error known: header Authorization" in str(suite.findtext("system-out"))
    assert "INFO009 info: header X-Device-Info" in str(suite.findtext("system-out"))


def test_a_failure_says_where_and_what_to_do(fleet: Result) -> None:
    case = next(case for case in document(fleet).iter("testcase") if case.attrib["name"].startswith("AUTH003"))
    failure = case.find("failure")

    assert case.attrib["name"] == "AUTH003 The access token has expired"
    assert failure is not None
    assert failure.attrib["message"].startswith("header Authorization: found JWT exp 2026-11-21T20:17:05Z")
    assert re.search(r"logout\.yaml:\d+ \(\S+\): AUTH003 error: ", str(failure.text))
    assert "\nFix: Fetch a new token" in str(failure.text)


def test_what_could_not_be_judged_is_skipped(tmp_path: Path) -> None:
    result = audited(tmp_path, recorded(call()))
    quiet = replace(result.files[0].interactions[0], findings=(), not_judged=(NotJudged("XFF002", "redacted"),))
    result = replace(result, files=(replace(result.files[0], interactions=(quiet,)),))

    assert [s.attrib["message"] for s in document(result).iter("skipped")] == ["not judged: redacted (1 of 1 call)"]


def test_a_check_that_raised_is_an_error_and_no_failure(tmp_path: Path) -> None:
    result = audited(tmp_path, recorded(call()))
    broken = replace(result.files[0].interactions[0], findings=(), defects=(Defect("XFF002", "KeyError"),))
    suite = document(replace(result, files=(replace(result.files[0], interactions=(broken,)),)))[0]

    assert (suite.attrib["errors"], suite.attrib["failures"]) == ("1", "0")


def test_no_character_is_left_that_xml_cannot_hold(tmp_path: Path) -> None:
    text = render(audited(tmp_path, hostile()), Sheet())

    ET.fromstring(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", text)


def test_an_empty_cassette_has_a_suite_that_passes(tmp_path: Path) -> None:
    result = audited(tmp_path, recorded(call()))
    suite = document(replace(result, files=(replace(result.files[0], interactions=()),)))[0]

    assert (suite.attrib["failures"], suite.attrib["timestamp"]) == ("0", "1970-01-01T00:00:00")
