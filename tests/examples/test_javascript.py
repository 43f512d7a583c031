"""The example app in JavaScript does and says what the one in Python does: recorded, replayed, and under the same faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.journeys import FORGOTTEN, GIVEN_UP, JOURNEY, LOGGED_IN_AGAIN, NODE, SURVIVED, node, running
from tests.examples.journeys import beside_the_journey as added
from tests.harness.for_each import for_each
from tests.harness.lab import Lab

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node")


async def test_the_journey_is_recorded_and_replayed_and_a_fault_is_survived(lab: Lab, tmp_path: Path) -> None:
    fault, says = SURVIVED[0]
    recording = await running(lab, "record", tmp_path)
    assert await node(recording.serving.url) == (0, JOURNEY)
    await recording.stop()
    replaying = await running(lab, "replay", tmp_path, faults=[fault])
    status, lines = await node(replaying.serving.url)
    assert (status, added(lines)) == (0, says)
    assert replaying.serving.gateway.upstream_connections == 0


@pytest.mark.long
@for_each(("fault", "says"), SURVIVED, ids=str)
async def test_it_survives_and_says_how(lab: Lab, tmp_path: Path, fault: dict[str, object], says: list[str]) -> None:
    gateway = await running(lab, "passthrough", tmp_path, faults=[fault])
    status, lines = await node(gateway.serving.url)
    assert (status, added(lines)) == (0, says)


@pytest.mark.long
@for_each(("fault", "end"), GIVEN_UP, ids=str)
async def test_it_ends_with_a_message_of_its_own(lab: Lab, tmp_path: Path, fault: dict[str, object], end: str) -> None:
    gateway = await running(lab, "passthrough", tmp_path, faults=[fault])
    status, lines = await node(gateway.serving.url)
    assert (status, lines[-1]) == (1, end)


@pytest.mark.long
async def test_credentials_that_the_api_forgot_are_replaced(lab: Lab, tmp_path: Path) -> None:
    gateway = await running(lab, "passthrough", tmp_path, faults=FORGOTTEN)
    status, lines = await node(gateway.serving.url)
    assert (status, added(lines)) == (0, LOGGED_IN_AGAIN)


@pytest.mark.long
async def test_settings_that_are_wrong_are_told_at_once() -> None:
    assert await node("api.auth.adobe.com", APP_SPEED="0") == (
        2,
        [
            'ADOBE_PASS_URL: expected the API\'s address, such as http://127.0.0.1:8080, found "api.auth.adobe.com"',
            'APP_SPEED: expected a number above 0, found "0"',
        ],
    )
