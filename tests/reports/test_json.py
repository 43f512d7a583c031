"""The audit for programs."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.reports.json import render
from gateway.reports.model import Sheet
from tests.reports.recordings import audited, hostile


def test_everything_that_was_found_is_in_it(tmp_path: Path) -> None:
    result = audited(tmp_path)
    document = json.loads(render(result, Sheet()))

    found = [entry for file in document["cassettes"] for call in file["calls"] for entry in call["findings"]]
    assert len(found) == sum(document["summary"]["findings"].values()) == sum(result.count().values())
    assert document["summary"] | {"findings": 0, "new": 0} == {
        "cassettes": 1, "calls": 10, "devices": 5, "findings": 0, "new": 0, "fail_on": "error", "failed": True,
    }  # fmt: skip


def test_a_finding_says_all_that_is_known_of_it(tmp_path: Path) -> None:
    document = json.loads(render(audited(tmp_path), Sheet()))
    expired = document["cassettes"][0]["calls"][2]["findings"][0]

    assert expired | {"found": "", "source": "", "fingerprint": ""} == {
        "id": "AUTH003", "severity": "error", "where": "header Authorization", "found": "",
        "expected": "a token whose exp lies after the call", "source": "", "live": False, "known": False, "fingerprint": "",
    }  # fmt: skip
    assert expired["source"].startswith("https://experienceleague.adobe.com/")


def test_it_is_ascii_whatever_is_in_the_cassette(tmp_path: Path) -> None:
    text = render(audited(tmp_path, hostile()), Sheet())

    assert text.isascii()
    assert json.loads(text)["summary"]["calls"] == 1
