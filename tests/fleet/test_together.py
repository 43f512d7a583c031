"""A fleet is steered as one, seen as one, and remembered as one."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.farm import NEEDS_REDIS, Member, TestDevice, farm, sequence, until
from tests.harness.processes import GATEWAY, environment

pytestmark = [pytest.mark.long, NEEDS_REDIS]

SETTINGS: dict[str, Any] = {
    "mode": "auto",
    "cassettes": {"name": "seq", "dir": "../cassettes"},
    "audit": {"checks": {"THR003": "error"}},
    "history": {"file": "history.sqlite"},
    "log": {"format": "json"},
}


def turn(number: int) -> tuple[int, bytes]:
    return 200, json.dumps({"turn": number}).encode()


BOTH = pytest.mark.parametrize("workers", [1, 2])


async def asked(member: Member, number: int = 1) -> tuple[int, bytes]:
    device = TestDevice(number, member.port, each=1)
    try:
        return await device.ask()
    finally:
        device.leave()


def setting(member: Member) -> tuple[str, str, list[str]]:
    shown = member.api("GET", "/api/setting")
    return shown["mode"], shown["cassette"], [fault["id"] for fault in member.api("GET", "/api/faults")]


@BOTH
async def test_a_fleet_is_steered_by_any_of_its_gateways(tmp_path: Path, workers: int) -> None:
    """Mode, cassette and faults are those of all, also of one that joins; a document of before is put back."""
    sequence(tmp_path / "cassettes" / "seq.yaml")
    sequence(tmp_path / "cassettes" / "other.yaml", 3)
    with farm(tmp_path) as lab:
        first, second, late = lab.gateways(3, **SETTINGS, workers=workers)
        late.stop()
        assert [await asked(one) for one in (first, second, first)] == [turn(0), turn(1), turn(2)]

        first.api("POST", "/api/rewind")
        assert [await asked(one) for one in (second, first)] == [turn(0), turn(1)]

        first.api("PUT", "/api/cassette", {"cassette": "other"})
        second.api("PUT", "/api/mode", {"mode": "replay"})
        first.api("POST", "/api/faults", {"status": 503, "when": {"nth": "2"}})
        until(lambda: setting(first) == setting(second) == ("replay", "other", ["f1"]))
        steering = first.page("/steering")
        assert "met 0 calls, done to 0, at this gateway of the fleet" in steering
        assert "Only requests to this gateway of the fleet count." in steering
        answers = [await asked(one) for one in (second, first, second)]
        refused = 503, answers[1][1]
        assert answers == [turn(0), refused, turn(1)]

        late.start()
        late.ready()
        until(lambda: setting(late) == ("replay", "other", ["f1"]))
        assert await asked(late) == turn(2)

        client = lab.redis.client
        (key,) = [key for key in client.scan_iter() if key.endswith(b":wanted")]
        before = client.get(key)
        late.api("DELETE", "/api/faults/f1")
        until(lambda: setting(first) == setting(second) == ("replay", "other", []))
        client.set(key, before, px=60_000)  # somebody who can write there, and has no key
        until(lambda: client.get(key)[:12] > before[:12])
        client.set(key, b"000000000099" + before[12:], px=60_000)
        await asyncio.sleep(1.5)
        assert setting(first) == setting(second) == setting(late) == ("replay", "other", [])


async def test_an_expectation_of_several_workers_is_given_by_one_of_them(tmp_path: Path) -> None:
    """As often as it was asked for; what is forgotten is given no more. A fault that counts calls counts those of all workers."""
    sequence(tmp_path / "cassettes" / "seq.yaml")
    with farm(tmp_path) as lab:
        (member,) = lab.gateways(
            1,
            **{**SETTINGS, "cassettes": {**SETTINGS["cassettes"], "on_exhausted": "cycle"}, "mode": "replay"},
            workers=3,
        )
        expected = member.api("POST", "/api/expectations", {"status": 418, "times": 4})
        assert expected[0]["left"] == 4
        statuses = [(await asked(member, number))[0] for number in range(9)]
        assert statuses == [418] * 4 + [200] * 5
        assert member.api("GET", "/api/expectations") == []

        member.api("POST", "/api/expectations", {"status": 418})
        member.api("DELETE", "/api/expectations")
        assert [(await asked(member, number))[0] for number in range(6)] == [200] * 6

        member.api("POST", "/api/faults", {"status": 503, "when": {"nth": "3..5"}})
        assert [(await asked(member, 1))[0] for _ in range(6)] == [200, 200, 503, 503, 503, 200]
        (fault,) = member.api("GET", "/api/faults")
        assert (fault["met"], fault["happened"]) == (6, 3)


@BOTH
async def test_a_person_sees_what_all_workers_have_played_and_counted(tmp_path: Path, workers: int) -> None:
    """The played interactions, the calls that are left before a 429, and the recorded device that a device replays."""
    sequence(tmp_path / "cassettes" / "seq.yaml")
    with farm(tmp_path) as lab:
        (member,) = lab.gateways(1, **{**SETTINGS, "mode": "replay"}, workers=workers)
        assert [await asked(member) for _ in range(3)] == [turn(0), turn(1), turn(2)]
        played = [one["played"] for one in member.api("GET", "/api/cassettes/seq")["interactions"]]
        assert played == [True, True, True, False, False]
        (device,) = member.api("GET", "/api/devices")
        assert 8 <= device["throttle"]["left"] < device["throttle"]["burst"] == 11
        assert device["replays"]
        lab.redis.kill()
        assert len(member.api("GET", "/api/devices")) == 1


@BOTH
async def test_one_page_one_history_and_one_audit_show_all_gateways(tmp_path: Path, workers: int) -> None:
    sequence(tmp_path / "cassettes" / "seq.yaml")
    with farm(tmp_path) as lab:
        members = lab.gateways(3, **SETTINGS, workers=workers)
        for number in range(5):
            for member in members:
                assert (await asked(member, number))[0] == 200
        for member in members:
            until(lambda member=member: member.api("GET", "/api/exchanges?limit=1")["newest"] == 15)
            for name in ("lab-1", "lab-2", "lab-3"):
                found = member.api("GET", f"/api/exchanges?gateway={name}")["exchanges"]
                assert {shown["gateway"] for shown in found} == {name}
                assert len(found) == 5
            (one,) = member.api("GET", "/api/exchanges?gateway=lab-3&limit=1")["exchanges"]
            detail = member.api("GET", f"/api/exchanges/{one['id']}")
            assert detail["request"]["target"] == "/api/v2/REF30/profiles"
            assert "INFO001" in {placed["finding"]["id"] for placed in detail["findings"]}
            until(lambda member=member: len(member.api("GET", "/api/history")["kept"]) == 15)
            kept = member.api("GET", "/api/history")["kept"]
            assert {entry["entry"]["gateway"] for entry in kept} == {"lab-1", "lab-2", "lab-3"}
            assert len(member.api("GET", "/api/devices")) == 5
            until(lambda member=member: "lab-1, lab-2, lab-3" in member.page())  # as the next heartbeat tells
            page = member.page()
            assert all(f'<span class="soft">{name}</span>' in page for name in ("lab-1", "lab-2", "lab-3"))
            assert member.page("/?gateway=lab-2").count('<li class="row') == 5
        audited = subprocess.run(  # noqa: ASYNC221, S603  # our own program
            [*GATEWAY, "audit", "--fleet", "--format", "json"],
            cwd=tmp_path / "lab-2", env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        report = json.loads(audited.stdout)
        assert {file["path"] for file in report["cassettes"]} == {"lab-1", "lab-2", "lab-3"}, audited.stderr
        lab.redis.kill()
        failed = subprocess.run(  # noqa: ASYNC221, S603
            [*GATEWAY, "audit", "--fleet"], cwd=tmp_path / "lab-2", env=environment(), capture_output=True, text=True, check=False
        )  # fmt: skip
        assert failed.returncode == 2
        assert failed.stderr == f"fleet.redis: expected an answer at {lab.redis.url}, found: Redis does not answer\n"
