"""Probes of load balancers on the apps' own port: answered here, whatever their method, and sent on to nobody."""

from __future__ import annotations

import pytest

from gateway.core.model import Headers, Request
from gateway.exchanges.health import Health, is_probe
from tests.harness.for_each import for_each
from tests.harness.lab import Lab

PATH = "/.well-known/pass-gateway/health"


@for_each(
    ("method", "target", "host", "probe"),
    [
        *[(method, PATH, "gateway", True) for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")],
        ("GET", f"{PATH}?from=haproxy", "gateway", True),
        ("GET", "/%2ewell-known/pass-gateway/heal%74h", "gateway", True),
        ("OPTIONS", "/", "", True),
        ("OPTIONS", "/", "gateway", False),
        ("GET", "/", "", False),
        ("OPTIONS", "*", "", False),
        ("GET", f"{PATH}/more", "gateway", False),
        ("GET", "/.well-known/pass-gateway", "gateway", False),
    ],
)
def test_what_is_a_probe(method: str, target: str, host: str, probe: bool) -> None:
    assert is_probe(Request(method, target, Headers.of({"Host": host} if host else {}))) is probe


@for_each(
    "sent",
    [
        f"GET {PATH} HTTP/1.1\r\nHost: gateway\r\n\r\n",
        f"POST {PATH} HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\nok",
        f"DELETE {PATH}?a=b HTTP/1.1\r\nHost: gateway\r\n\r\n",
        f"OPTIONS {PATH} HTTP/1.0\r\n\r\n",
        "OPTIONS / HTTP/1.0\r\n\r\n",
        f"GET http://127.0.0.1{PATH} HTTP/1.1\r\nHost: gateway\r\n\r\n",
    ],
)
async def test_a_probe_reaches_no_upstream_and_is_no_exchange(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: object, sent: str
) -> None:
    monkeypatch.chdir(str(tmp_path))
    origin = await lab.origin()
    running = await lab.run("record", origin)
    answer = await running.ask(sent.encode())
    assert (answer.status, answer.body, origin.connections) == (200, b"", 0)
    assert running.events("exchange") == []


async def test_a_kept_connection_serves_on_after_a_probe_and_hears_of_the_end(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.chdir(str(tmp_path))
    running = await lab.run("passthrough")
    wire = await running.connect()
    probe = f"GET {PATH} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode()
    first = await wire.send(probe).message()
    running.serving.health.draining = True
    second = await wire.send(probe).message()
    assert (first.status, second.status) == (200, 503)


def test_what_is_wrong_is_said_and_is_no_reason_to_send_nothing_here() -> None:
    health, lost = Health(), [""]
    health.watch(lambda: lost[0])
    assert (health.complaints, health.status) == ([], 200)
    lost[0] = "recording: 3 recordings lost"
    assert (health.complaints, health.status) == (["recording: 3 recordings lost"], 200)
    health.draining = True
    assert health.answer(b"draining\n").status == 503
