"""SARIF, held to what version 2.1.0 and its schema require, and to what a code host reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from gateway.core.checks import CHECKS
from gateway.reports.model import Result, Sheet
from gateway.reports.sarif import render, uri
from tests.reports.recordings import audited, hostile

LEVELS = {"none", "note", "warning", "error"}


def run_of(result: Result) -> dict[str, Any]:
    document = json.loads(render(result, Sheet()))
    assert set(document) == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    return dict(run)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(tmp_path)
    return audited(tmp_path)


def test_the_run_has_what_the_schema_requires(fleet: Result) -> None:
    """Sections 3.14, 3.18, 3.19, 3.20: a tool with a named driver, invocations that say how they ended, rules with unique ids."""
    run = run_of(fleet)
    driver = run["tool"]["driver"]

    assert driver["name"] == "pass-gateway"
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    assert [invocation["executionSuccessful"] for invocation in run["invocations"]] == [True]
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == [check.info.id for check in CHECKS]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert urlsplit(rule["helpUri"]).scheme == "https"
        assert re.fullmatch(r"\w+", rule["name"])


def test_a_result_has_what_the_schema_requires(fleet: Result) -> None:
    """Section 3.27: a message with text, a level, a rule that its index leads to, a place, fingerprints that are strings."""
    run = run_of(fleet)

    assert len(run["results"]) == sum(fleet.count().values())
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in LEVELS
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert all(isinstance(mark, str) for mark in result["partialFingerprints"].values())
        (place,) = result["locations"]
        physical = place["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "cassettes/logout.yaml"
        assert physical["region"]["startLine"] >= 1
    for notification in run["invocations"][0]["toolExecutionNotifications"]:
        assert notification["message"]["text"]
        assert notification["level"] in LEVELS
        assert notification["associatedRule"]["id"]


def test_the_line_is_that_of_the_interaction(fleet: Result, tmp_path: Path) -> None:
    lines = (tmp_path / "cassettes" / "logout.yaml").read_text().splitlines()

    for result in run_of(fleet)["results"]:
        number = result["locations"][0]["physicalLocation"]["region"]["startLine"]
        assert lines[number - 1].startswith("- request:")


def test_results_of_one_file_have_different_hashes(fleet: Result) -> None:
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(fleet)["results"]]

    assert len(hashes) == len(set(hashes))


def test_a_baseline_says_what_is_new(fleet: Result) -> None:
    known = next(reported.fingerprint for _, reported in fleet.findings)

    assert not any("baselineState" in result for result in run_of(fleet)["results"])
    states = {result["baselineState"] for result in run_of(fleet.against(frozenset({known})))["results"]}
    assert states == {"new", "unchanged"}


@pytest.mark.parametrize(
    ("path", "reference"),
    [
        ("cassettes/a b.yaml", "cassettes/a%20b.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("fünf#?.yaml", "f%C3%BCnf%23%3F.yaml"),
        ("../x.yaml", "../x.yaml"),
    ],
)
def test_a_path_is_a_relative_reference(path: str, reference: str) -> None:
    """RFC 3986 section 4.2: no scheme, no authority, no query."""
    assert uri(path) == reference
    assert urlsplit(reference)[:2] == ("", "")
    assert unquote(reference) == path


def test_it_is_json_whatever_is_in_the_cassette(tmp_path: Path) -> None:
    """A live finding of a check that there is not has no rule, and so no index."""
    gone = [result for result in run_of(audited(tmp_path, hostile()))["results"] if "ruleIndex" not in result]

    assert len(gone) == 1
    assert "\x1b" not in gone[0]["message"]["text"]
