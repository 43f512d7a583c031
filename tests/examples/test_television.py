"""The example app goes its whole way: recorded, replayed with no network, and under faults, which it survives or ends with a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cassettes.reader import load
from gateway.examples import television
from tests.examples.journeys import (
    CHANNELS,
    FORGOTTEN,
    GIVEN_UP,
    JOURNEY,
    LOGGED_IN_AGAIN,
    POLL,
    SESSIONS,
    SURVIVED,
    at,
    beside_the_journey,
    python,
    running,
)
from tests.harness.for_each import for_each
from tests.harness.lab import Lab


async def test_the_whole_journey_is_recorded_and_replayed_with_no_network(lab: Lab, tmp_path: Path) -> None:
    recording = await running(lab, "record", tmp_path)
    assert await python(recording.serving.url) == (0, JOURNEY)
    await recording.stop()
    assert {finding["severity"] for finding in recording.findings() if finding["id"] != "THR003"} <= {"info"}
    replaying = await running(lab, "replay", tmp_path)
    assert await python(replaying.serving.url) == (0, JOURNEY)
    assert replaying.serving.gateway.upstream_connections == 0
    assert len(load(tmp_path / "app.yaml").interactions) == 12


@for_each(("fault", "says"), SURVIVED, ids=str)
async def test_it_survives_and_says_how(lab: Lab, tmp_path: Path, fault: dict[str, object], says: list[str]) -> None:
    gateway = await running(lab, "passthrough", tmp_path, faults=[fault])
    status, lines = await python(gateway.serving.url)
    assert (status, beside_the_journey(lines)) == (0, says)
    assert lines[-1].startswith("sign out")


async def test_credentials_that_the_api_forgot_are_replaced_and_the_user_logs_in_again(
    lab: Lab, tmp_path: Path
) -> None:
    """A login belongs to the client that made it, so that the new client finds none."""
    gateway = await running(lab, "passthrough", tmp_path, faults=FORGOTTEN)
    status, lines = await python(gateway.serving.url)
    assert (status, beside_the_journey(lines)) == (0, LOGGED_IN_AGAIN)


@for_each(("fault", "end"), GIVEN_UP, ids=str)
async def test_it_ends_with_a_message_of_its_own(lab: Lab, tmp_path: Path, fault: dict[str, object], end: str) -> None:
    gateway = await running(lab, "passthrough", tmp_path, faults=[fault])
    status, lines = await python(gateway.serving.url)
    assert (status, lines[-1]) == (1, end)


@pytest.mark.long
async def test_an_answer_that_does_not_come_is_waited_for_so_long(lab: Lab, tmp_path: Path) -> None:
    """A delay, a slow body and no answer at all, each once: 0.4 s for each."""
    faults = [
        {"no_response": None, **at(SESSIONS, nth=1)},
        {"delay": 1, **at(POLL, nth=1)},
        {"slow_body": 100, **at(CHANNELS, nth=1)},
    ]
    gateway = await running(lab, "passthrough", tmp_path, faults=faults)
    status, lines = await python(gateway.serving.url, APP_TIMEOUT="0.4")
    late = "no whole answer in 0.4 s: tries again in 1 s"
    assert (status, beside_the_journey(lines)) == (
        0,
        [f"log in         {late}", f"log in         {late}", f"channels       {late}"],
    )


@pytest.mark.long
async def test_adobes_bucket_is_recorded_and_replayed(lab: Lab, tmp_path: Path) -> None:
    """In real seconds: the emulator's own 429 are in the cassette, and the app backs off in the replay, too."""
    recording = await running(lab, "record", tmp_path, emulator__throttle=True)
    said = await python(recording.serving.url, APP_SPEED="1")
    await recording.stop()
    assert said[0] == 0
    assert any("throttled (429)" in line for line in said[1])
    replaying = await running(lab, "replay", tmp_path)
    assert await python(replaying.serving.url) == said


@for_each(
    ("environ", "says"),
    [
        ({}, ['ADOBE_PASS_URL: expected the API\'s address, such as http://127.0.0.1:8080, found ""']),
        (
            {"ADOBE_PASS_URL": "api.auth.adobe.com", "APP_SPEED": "0"},
            [
                'ADOBE_PASS_URL: expected the API\'s address, such as http://127.0.0.1:8080, found "api.auth.adobe.com"',
                'APP_SPEED: expected a number above 0, found "0"',
            ],
        ),
        (
            {"ADOBE_PASS_URL": "http://[", "APP_SPEED": ""},
            [
                'ADOBE_PASS_URL: expected the API\'s address, such as http://127.0.0.1:8080, found "http://["',
                'APP_SPEED: expected a number above 0, found ""',
            ],
        ),
        (
            {"ADOBE_PASS_URL": "http://127.0.0.1:1", "APP_TIMEOUT": "1e3"},
            ['APP_TIMEOUT: expected a number above 0, found "1e3"'],
        ),
    ],
)
def test_settings_that_are_wrong_are_told_at_once(environ: dict[str, str], says: list[str]) -> None:
    lines: list[str] = []
    assert television.main(environ, lines.append) == 2
    assert "\n".join(lines).splitlines() == says
