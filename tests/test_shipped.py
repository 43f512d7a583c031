"""The shipped cassettes: the eight documented logouts, nothing secret in them, and vcrpy replays them as they are."""

from __future__ import annotations

import http.client
import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr
from typer.testing import CliRunner

from gateway.cassettes.reader import load
from gateway.cli import app
from gateway.core.model import Request
from gateway.samples import samples

CASSETTES = Path(__file__).parent.parent / "cassettes"
ORIGIN = "https://api.auth.adobe.com"
MEANT = Path(__file__).parent / "samples"


def documented(name: str) -> Any:
    """The answer that the page prints, as it was meant: the sixth has a comma too many, and a placeholder in the wrong place."""
    text = (MEANT / f"{name}.response.http").read_text("ascii").split("\n\n", 2)[2]
    return json.loads(re.sub(r",(\s*})", r"\1", text).replace("${degradedMvpd}", "ATTOTT"))


def asked(request: Request) -> tuple[int, bytes]:
    """Ask as an app does: with requests, but for the placeholder's braces, which every client but Python's own would escape."""
    headers = dict(request.headers.items())
    if "{" in request.target:
        connection = http.client.HTTPSConnection(ORIGIN.removeprefix("https://"))
        connection.request(request.method, request.target, headers=headers)
        plain = connection.getresponse()
        return plain.status, plain.read()
    answer = requests.request(request.method, ORIGIN + request.target, headers=headers, timeout=5)
    return answer.status_code, answer.content


def shape(answer: Any) -> str:
    """What stays when pseudonyms are put aside."""
    return re.sub(r"pt_device_id=[^\"&]*", "pt_device_id=", json.dumps(answer, sort_keys=True))


def test_they_hold_the_eight_documented_logouts() -> None:
    v2, v1 = load(CASSETTES / "logout-v2.yaml"), load(CASSETTES / "logout-v1.yaml")
    targets = [interaction.request.path for interaction in (*v2.interactions, *v1.interactions)]
    assert targets == [sample.request.path for sample in samples()]
    assert v2.appendable
    assert v1.appendable
    assert {interaction.about["source"] for interaction in v2.interactions} == {"emulator"}
    assert {interaction.origin for interaction in v2.interactions} == {ORIGIN}


def test_nothing_secret_is_in_them() -> None:
    outcome = CliRunner().invoke(app, ["cassette", "lint", str(CASSETTES)])
    assert outcome.exit_code == 0, outcome.output
    text = "".join(path.read_text("ascii") for path in CASSETTES.glob("*.yaml"))
    for sample in samples():
        for name in ("Authorization", "AP-Device-Identifier", "AD-Service-Token", "Adobe-Subject-Token"):
            assert not sample.request.headers.get(name) or sample.request.headers[name] not in text
    assert "ba23d141" not in text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_vcrpy_replays_v2_with_its_default_matchers() -> None:
    with vcr.use_cassette(str(CASSETTES / "logout-v2.yaml"), record_mode="none") as cassette:
        for sample in list(samples())[:7]:
            status, body = asked(sample.request)
            assert (status, shape(json.loads(body))) == (200, shape(documented(sample.name)))
        assert cassette.play_count == 7


def test_vcrpy_replays_v1_without_comparing_the_query() -> None:
    """As docs/reference/cassette-format.md says: the device's pseudonym stands in v1's query."""
    recorder = vcr.VCR(record_mode="none", match_on=["method", "scheme", "host", "port", "path"])
    with warnings.catch_warnings(), recorder.use_cassette(str(CASSETTES / "logout-v1.yaml")):
        assert asked(list(samples())[7].request) == (204, b"")
