"""Named devices with settings of their own: each is treated by its mode, cassette, rules and faults, while others go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.config import load
from gateway.wire import stepping
from gateway.wiring.serving import production_reached
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.offline_suite import DISH, write_cassette
from tests.wiring.test_assembly import ok
from tests.wiring.test_faults import RULE, V1, recorded, written
from tests.wiring.test_reloading import started

LOGOUT = f"GET {DISH}"
BY = "user_agent"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def devices(**own: dict[str, Any]) -> dict[str, Any]:
    """Return devices that are known by their names in User-Agent."""
    return {name: {"match": {BY: name}, **said} for name, said in own.items()}


@for_each("tasks", [False, True])
async def test_each_device_is_treated_in_its_own_mode(lab: Lab, tasks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no mode has that of all; each call comes twice, so that it is had again where that can be."""
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", tasks)
    write_cassette(Path("cassettes/roku.yaml"), DISH)
    Path("cassettes/fire.yaml").unlink(missing_ok=True)
    Path("cassettes/all.yaml").unlink(missing_ok=True)
    own = devices(
        roku={"mode": "replay", "cassette": "roku"},
        samsung={"mode": "replay", "cassette": "roku"},
        fire={"mode": "record", "cassette": "fire"},
        lg={"faults": [{"status": 503}]},
        tv={"faults": []},
        old={"rules": [RULE], "mode": "passthrough", "upstream": "emulator"},
    )
    origin = await lab.origin(*[ok("live")] * 20)
    running = await lab.run("record", origin, cassettes__name="all", devices=own, faults=[{"delay": "1ms"}])
    told = [
        (await running.ask(written(LOGOUT, User_Agent=name))).body
        for name in ("roku", "samsung", "fire", "lg", "tv", "any")
        for _ in range(2)
    ]
    assert told[:6] == [b'{"number": 1}'] * 4 + [b"live"] * 2
    assert told[6] == told[7] != b"live"
    assert told[8:] == [b"live"] * 4
    said = running.events("exchange")
    assert [event.get("fault") for event in said] == ["delay"] * 6 + ["status"] * 2 + [None] * 2 + ["delay"] * 2
    assert (len(recorded("cassettes/fire.yaml")), len(recorded("cassettes/all.yaml"))) == (2, 4)
    gateway = running.serving.gateway
    assert [(deck.mode, deck.cassette.name) for deck in gateway.decks] == [
        ("record", "all.yaml"), ("replay", "roku.yaml"), ("record", "fire.yaml"), ("passthrough", "all.yaml"),
    ], "devices that have mode and cassette in common share what plays it"  # fmt: skip
    assert {path.name for path in gateway.recorded} == {"all.yaml", "fire.yaml"}
    for name in ("old", "any"):
        await running.ask(written(V1, User_Agent=name))
    by_rule, by_none = running.events("exchange")[-2:]
    assert [leg.split()[0] for leg in by_rule["legs"]][:2] == ["DELETE", "GET"], "the device's rule asks v2 as well"
    assert "legs" not in by_none


async def test_each_device_has_its_own_place_in_each_cassette(lab: Lab) -> None:
    """A device goes on in its cassette, however far it, or another, is in the other one."""
    write_cassette(Path("cassettes/logout.yaml"), DISH, DISH)
    write_cassette(Path("cassettes/roku.yaml"), DISH, DISH)
    running = await started(lab, "replay", devices=devices(roku={"cassette": "roku"}))
    ask = running.running.ask
    told = [(await ask(written(LOGOUT, User_Agent=name))).body for name in ("any", "roku", "any", "roku")]
    assert told == [b'{"number": 1}', b'{"number": 1}', b'{"number": 2}', b'{"number": 2}']


async def test_a_reload_gives_and_takes_settings(lab: Lab) -> None:
    write_cassette(Path("cassettes/roku.yaml"), DISH)
    one = await started(lab, "passthrough", await lab.origin(*[ok("live")] * 3))
    bodies = []
    for own in (devices(roku={"mode": "replay", "cassette": "roku"}), devices(roku={"rules": []}), {}):
        said = await one.reload(devices=own)
        assert said["event"] == "configuration applied"
        bodies.append((await one.running.ask(written(LOGOUT, User_Agent="roku"))).body)
    assert bodies == [b'{"number": 1}', b"live", b"live"]
    refused = await one.reload(devices=devices(roku={"mode": "replay", "cassette": "none"}))
    assert "none.yaml: expected a cassette, found no such file" in refused["problems"][0]


@for_each(
    ("settings", "why"),
    [
        ({"mode": "replay"}, "devices.roku.mode: passthrough"),
        ({"mode": "replay", "route_by_host": True, "upstream": "emulator"}, "devices.roku.mode: passthrough"),
        ({"mode": "replay", "upstream": "emulator"}, ""),
        ({"mode": "record"}, "upstream: production"),
    ],
)
async def test_that_a_device_reaches_production_is_said(settings: dict[str, Any], why: str) -> None:
    own = devices(roku={"mode": "passthrough"}, tv={"mode": "replay", "upstream": "production"})
    assert production_reached(load(None, {}, {"upstream": "production", **settings, "devices": own})) == why
