"""Faults in whole gateways: every mode, the emulator, a rule, the log, the cassette and the checks."""

# a test may look into a folder of its own
from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import yaml

from gateway.config import load
from gateway.exchanges.observers import Observers
from gateway.wire import stepping
from gateway.wiring.assembly import assemble
from tests.harness.lab import Lab, Running
from tests.harness.sockets import PATIENCE
from tests.offline_suite import DISH, write_cassette

LOGOUT = "GET /api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com"
RULE = {"v1_logout": {"redirect_url": "https://example.com/bye"}}
V1 = "DELETE /api/v1/logout?requestor=REF30&deviceId=my-television-1"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(line: str = LOGOUT, **fields: str) -> bytes:
    fields = {
        "Host": "gateway",
        "Authorization": "Bearer any",
        "AP_Device_Identifier": "fingerprint bXktdGVsZXZpc2lvbi0x",
        "Accept": "application/json",
        **fields,
    }
    lines = [f"{line} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def broken(running: Running, line: str = LOGOUT) -> str:
    """Ask, and return how the connection ends: by FIN or RST, and what came before."""
    wire = (await running.connect()).send(written(line))
    try:
        data = await wire.rest()
    except ConnectionResetError:
        return "RST"
    return f"FIN {len(data)}"


def recorded(path: str = "cassettes/logout.yaml") -> list[dict[str, object]]:
    file = Path(path)
    return list(yaml.safe_load(file.read_text("utf-8"))["interactions"] or []) if file.exists() else []


@pytest.mark.parametrize("tasks", [False, True], ids=["at once", "tasks"])
@pytest.mark.parametrize("mode", ["passthrough", "record", "replay", "auto"])
async def test_faults_happen_in_every_mode(lab: Lab, mode: str, tasks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", tasks)
    if mode in {"replay", "auto"}:
        write_cassette(Path("cassettes/logout.yaml"), LOGOUT.partition(" ")[2])
    before = len(recorded())
    faults = [{"status": 503, "when": {"nth": 1}}, {"reset": "before_head", "when": {"nth": 2}}]
    running = await lab.run(mode, faults=faults, audit__mode="off")
    assert (await running.ask(written())).status == 503
    assert await broken(running) == "RST"
    assert len(recorded()) == before, "nothing of a fault is recorded"
    assert (await running.ask(written())).status == 200
    logged = running.events("exchange")
    assert [(event["status"], event["source"], event.get("fault")) for event in logged[:2]] == [
        (503, "fault", "status"),
        (502, "fault", "reset"),
    ]
    assert logged[2]["source"] != "fault"
    assert "fault" not in logged[2]
    (told,) = running.events("faults on purpose")
    assert told["faults"] == ["status", "reset"]


async def test_the_answer_behind_a_fault_is_recorded_whole(lab: Lab) -> None:
    """What the app got is the fault's; what the upstream said is not, and a replay without the fault needs it."""
    faults = [{"truncated_body": 5, "when": {"nth": 1}}, {"delay": 0.01, "when": {"nth": 2}}]
    running = await lab.run("record", faults=faults)
    assert (await broken(running)).startswith("FIN")
    assert (await running.ask(written())).status == 200
    assert [event["upstream"] for event in running.events("exchange")] == ["emulator", "emulator"]
    await running.stop()
    kept = recorded()
    assert len(kept) == 2
    for interaction in kept:
        response = interaction["response"]
        assert isinstance(response, dict)
        assert json.loads(response["body"]["string"])["logouts"]["Dish"]
        assert response["x_gateway"]["source"] == "emulator"


async def test_a_leg_of_a_rule_receives_an_answer_and_the_app_a_break(lab: Lab) -> None:
    """`when.route` speaks of what is sent: here the logout of v2 that stands for the app's of v1."""
    route = "GET /api/v2/{sp}/logout/{mvpd}"
    one = {"error": "invalid_integration", "when": {"route": route, "nth": 1}}
    answered = await lab.run("passthrough", faults=[one], rules=[RULE])
    await answered.ask(written(V1))
    (event,) = answered.events("exchange")
    assert (event["source"], event["fault"]) == ("fault", "error")
    assert [leg for leg in event["legs"] if "/logout/" in leg and leg.endswith(" 400")], (
        "what it makes of it is the rule's"
    )
    reset = await lab.run("passthrough", faults=[{"reset": "body", "when": {"route": route}}], rules=[RULE])
    assert await broken(reset, V1) == "RST"
    silent = await lab.run("passthrough", faults=[{"no_response": 0.02, "when": {"route": route}}], rules=[RULE])
    assert await broken(silent, V1) == "FIN 0"


async def test_adobes_bucket_is_told_to_the_checks_so_that_back_off_is_testable(lab: Lab) -> None:
    running = await lab.run("passthrough", faults=[{"throttle": {"capacity": 2}}])
    answers = [await running.ask(written()) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert answers[2].get(b"Content-Type") == b"text/html"
    assert {"THR001", "THR002"} <= {finding["id"] for finding in running.findings()}


async def test_an_answer_that_no_api_gave_is_not_judged_as_one(lab: Lab) -> None:
    faults = [{"status": 503, "when": {"nth": 1}}, {"truncated_body": None, "when": {"nth": 2}}]
    running = await lab.run("passthrough", faults=faults)
    await running.ask(written())
    await broken(running)
    assert [finding["id"] for finding in running.findings() if finding["id"].startswith("RESP")] == []


async def test_a_fault_upon_an_error_of_the_gateways_own_is_told_with_it_and_not_judged(lab: Lab) -> None:
    write_cassette(Path("cassettes/logout.yaml"), DISH)
    running = await lab.run("replay", faults=[{"delay": 0.001}])
    assert (await running.ask(written("GET /api/v2/REF30/profiles"))).status == 502
    (event,) = running.events("exchange")
    assert (event["source"], event["fault"], event["error"]) == ("fault", "delay", "gateway_replay_miss")
    assert [finding["id"] for finding in running.findings() if finding["id"].startswith("RESP")] == []


async def test_what_is_found_of_a_call_that_a_fault_answered_is_noted_like_that_of_any_that_is_not_recorded(
    lab: Lab,
) -> None:
    running = await lab.run("record", faults=[{"error": "invalid_integration"}])
    await running.ask(written())
    await running.stop()
    noted = [json.loads(line) for line in Path("cassettes/logout.findings.jsonl").read_text("utf-8").splitlines()]
    assert [line["source"] for line in noted if "findings" in line] == ["fault"]
    assert recorded() == []


async def test_no_answer_and_a_delay_do_not_keep_a_gateway_that_stops(lab: Lab) -> None:
    running = await lab.run("passthrough", faults=["no_response"])
    (await running.connect()).send(written())
    await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE / 4):
        await running.serving.stop()


async def test_a_device_is_met_by_its_identifier(lab: Lab) -> None:
    running = await lab.run("passthrough", faults=[{"status": 503, "when": {"device": "my-television-1"}}])
    other = written(AP_Device_Identifier="fingerprint b3RoZXItdGVsZXZpc2lvbg==")
    assert (await running.ask(written())).status == 503
    assert (await running.ask(other)).status == 200


def test_without_faults_nothing_stands_around_what_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.wiring.assembly.Faults.around", None)
    plain = load(None, {}, {"mode": "passthrough"})
    assert assemble(plain, {}, lambda *_: Observers()).upstream_connections == 0
    with pytest.raises(TypeError, match="not callable"):
        assemble(load(None, {}, {"mode": "passthrough", "faults": ["reset"]}), {}, lambda *_: Observers())
