"""What is counted is what happened, in few series, and the text is one that Prometheus reads."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as parsed

from gateway.metrics.prometheus import Metrics
from tests.harness.lab import Lab, Running
from tests.harness.sockets import OK
from tests.legs import DISH, device_header
from tests.offline_suite import write_cassette


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def asked(target: str = DISH, method: str = "GET", device: str = "roku") -> bytes:
    fields = f"AP-Device-Identifier: {device_header(device)}\r\n"
    return f"{method} {target} HTTP/1.1\r\nHost: gateway\r\n{fields}\r\n".encode()


def metrics(running: Running) -> Metrics:
    return cast("Metrics", running.serving.measuring.metrics)


def numbers(running: Running) -> dict[str, float]:
    """The samples by their names, with the values of their labels."""
    text, kind = metrics(running).render()
    assert kind.startswith("text/plain")
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in parsed(text.decode())
        for sample in family.samples
    }


LOGOUT = "/api/v2/{sp}/logout/{mvpd}"


async def test_what_happened_is_counted(lab: Lab) -> None:
    running = await lab.run("record", await lab.origin(OK), metrics=True)
    for _ in range(3):
        await running.ask(asked())
    await running.ask(asked("/nowhere", "PROPFIND"))
    found = numbers(running)
    assert found[f"gateway_exchanges_total GET {LOGOUT} upstream 200 lab"] == 3
    assert found["gateway_exchanges_total other other upstream 200 lab"] == 1
    assert found[f"gateway_exchange_seconds_count {LOGOUT} upstream"] == 3
    assert found["gateway_own_seconds_count upstream"] == 4
    assert found["gateway_upstream_seconds_count lab"] == 4
    assert found["gateway_findings_total AUTH001 error"] == 3
    assert found["gateway_recordings_total"] == 3
    assert found["gateway_exchanges_in_flight"] == 0
    assert found["gateway_connections"] == 4
    assert found["gateway_upstream_connections_total"] >= 1
    assert found["gateway_leaks_total"] == found["gateway_recordings_lost_total"] == 0
    assert any(name.startswith("process_cpu_seconds_total") for name in found)


async def test_misses_are_errors_of_that_code(lab: Lab) -> None:
    write_cassette(Path("cassettes/logout.yaml"), DISH)
    running = await lab.run("replay", metrics=True, cassettes__device="ignore")
    await running.ask(asked())
    await running.ask(asked("/api/v2/REF30/logout/Nobody"))
    found = numbers(running)
    assert found[f"gateway_exchanges_total GET {LOGOUT} cassette 200 "] == 1
    assert found["gateway_errors_total gateway_replay_miss"] == 1
    assert not any(name.startswith("gateway_upstream_seconds_count") for name in found)


async def test_faults_on_purpose_are_counted_by_their_names(lab: Lab) -> None:
    faults = [{"status": 503, "when": {"nth": 1}}, {"delay": 0.001}]
    running = await lab.run("passthrough", await lab.origin(OK), metrics=True, faults=faults)
    for _ in range(2):
        await running.ask(asked())
    await running.serving.steered.give_fault({"status": 500})
    await running.ask(asked())
    found = numbers(running)
    assert (found["gateway_faults_total status"], found["gateway_faults_total delay"]) == (2, 1)
    assert not any(name.startswith("gateway_errors_total") for name in found)


async def test_a_client_makes_no_series_and_no_device_is_in_one(lab: Lab) -> None:
    running = await lab.run("passthrough", await lab.origin(OK), metrics=True)
    await running.ask(asked("/x0", "PROPFIND"))
    before = {name for name in numbers(running) if "findings" not in name}
    for number in range(1, 20):
        await running.ask(asked(f"/x{number}", ("PROPFIND", "LOCK", "REPORT")[number % 3], f"device-{number}"))
    after = numbers(running)
    assert {name for name in after if "findings" not in name} == before
    assert after["gateway_exchanges_total other other upstream 200 lab"] == 20
    names = {event["device"] for event in running.events("exchange")}
    assert not any(name in series for name in names for series in after)


async def test_who_asks_for_openmetrics_gets_it(lab: Lab) -> None:
    running = await lab.run("passthrough", metrics=True)
    await running.ask(asked())
    text, kind = metrics(running).render("application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    families = open_metrics(text.decode())  # type: ignore[no-untyped-call]
    assert {family.name for family in families} >= {"gateway_exchanges", "gateway_recordings"}


async def test_nothing_is_counted_where_nobody_asks(lab: Lab) -> None:
    running = await lab.run("passthrough")
    await running.ask(asked())
    assert running.serving.measuring.metrics is None
