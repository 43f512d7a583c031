"""Three gateways of two workers each, behind HAProxy, are one: to each device, to Adobe, and on the page."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.farm import NEEDS_HAPROXY, NEEDS_REDIS, WORKERS, Member, TestDevice, farm, sequence, until

DEVICES, ROUNDS, ANSWERS = int(os.environ.get("FLEET_DEVICES", "500")), 20, 5
AT_ONCE = 40

pytestmark = [pytest.mark.long, NEEDS_REDIS, NEEDS_HAPROXY]


PLAYED: dict[str, Any] = {
    "mode": "replay",
    "cassettes": {"name": "seq", "dir": "../cassettes", "on_exhausted": "cycle"},
    "listen": {"proxy_protocol": True},
    "forwarded_for": {"trusted_proxies": "private"},
}


async def test_each_device_gets_its_sequence_whichever_gateway_answers(tmp_path: Path) -> None:
    """500 devices play a sequence of five in 20 rounds; each is warned once that Adobe will answer 429, and one page shows all."""
    sequence(tmp_path / "cassettes" / "seq.yaml", ANSWERS)
    with farm(tmp_path) as lab:
        members = lab.gateways(3, **PLAYED, workers=WORKERS)
        lab.balance()
        began = time.monotonic()
        played = await plays([TestDevice(number, lab.port) for number in range(DEVICES)])
        seconds = time.monotonic() - began
        wanted = [(200, json.dumps({"turn": turn}).encode()) for turn in range(ANSWERS)] * ROUNDS
        wrong = [number for number, answers in enumerate(played) if answers != wanted]
        outages = [event for member in members for event in member.events("fleet out of reach")]
        assert wrong == [], (
            outages or [answer for answer in played[wrong[0]] if answer not in wanted][:3] or played[wrong[0]][:12]
        )

        total = DEVICES * ROUNDS * ANSWERS
        for member in members:
            until(lambda member=member: member.api("GET", "/api/exchanges?limit=1")["newest"] == total)
            assert member.health() == "ready\n"
            passed = Counter(shown["gateway"] for shown in member.api("GET", "/api/exchanges?limit=1000")["exchanges"])
            assert {*passed} == {"lab-1", "lab-2", "lab-3"}
            shown = [exchange["id"] for exchange in exchanges(member)]
            assert len({*shown}) == len(shown) > 1000, "none twice"
        told = Counter(
            (entry["device"], found["id"])
            for _, fields in lab.redis.client.xrange("pass-gateway:{lab}:exchanges")
            for entry in [json.loads(fields[b"e"])]
            for found in entry["findings"]
        )
        warned = Counter(number for (_, check), number in told.items() if check == "THR003")
        assert warned == {1: DEVICES}, "each address runs low once"
        assert sum(len(member.events("devices bound")) for member in members) == 1
        print(f"{total / seconds:.0f} requests a second")  # noqa: T201  # a figure for the documentation


def exchanges(member: Member) -> list[dict[str, Any]]:
    """Return all exchanges that a page shows, the newest first."""
    shown: list[dict[str, Any]] = []
    page = member.api("GET", "/api/exchanges?limit=1000")
    while page["exchanges"]:
        shown += page["exchanges"]
        page = member.api("GET", f"/api/exchanges?limit=1000&before={page['exchanges'][-1]['number']}")
    return shown


async def plays(devices: list[TestDevice]) -> list[list[tuple[int, bytes]]]:
    """Return what each device was answered; some ask at one time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def play(device: TestDevice) -> list[tuple[int, bytes]]:
        async with turns:
            answers = [await device.ask() for _ in range(ROUNDS * ANSWERS)]
            device.leave()
            return answers

    return await asyncio.gather(*map(play, devices))
