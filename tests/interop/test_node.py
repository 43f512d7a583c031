"""The example app in Node, as its users run it: `gateway exec` records its journey from an emulator, and replays it when that is gone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gateway.cassettes.reader import load
from tests.examples.journeys import FOLDER, GIVEN_UP, JOURNEY, NODE, SURVIVED, beside_the_journey, without_codes
from tests.interop.conftest import GATEWAY

APP = FOLDER / "television.mjs"
CONFIG = {"emulator": {"logged_in": "none", "strict": True}, "cassettes": {"record": "v2"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the journey, recorded once."""
    if NODE is None:
        pytest.skip("there is no node")
    made = tmp_path_factory.mktemp("node")
    assert play(made, "--mode", "record") == (0, JOURNEY)
    return made


def play(folder: Path, *more: str, fault: object = None) -> tuple[int, list[str]]:
    """Run the app beside a gateway; return its exit status, and what it said."""
    (folder / "config.yaml").write_text(json.dumps({**CONFIG, "faults": [fault] if fault else []}))
    done = subprocess.run(
        [str(GATEWAY), "exec", "--cassette", "app", *more, "--", str(NODE), str(APP)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, without_codes(done.stdout.splitlines())


def test_the_journey_is_replayed_with_no_network(folder: Path) -> None:
    assert play(folder) == (0, JOURNEY)
    assert len(load(folder / "cassettes" / "app.yaml").interactions) == 12


@pytest.mark.parametrize("name", ["throttle", "expired_token", "error", "truncated_body", "reset", "empty_response"])
def test_a_fault_is_survived_in_a_replay(folder: Path, name: str) -> None:
    """In real seconds."""
    fault, says = next(row for row in SURVIVED if name in row[0])
    status, lines = play(folder, fault=fault)
    assert (status, beside_the_journey(lines)) == (0, says)


def test_a_fault_that_stays_ends_it_with_its_own_message(folder: Path) -> None:
    fault, end = GIVEN_UP[1]
    status, lines = play(folder, fault=fault)
    assert (status, lines[-1]) == (1, end)
