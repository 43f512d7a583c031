"""The emulator's log is the gateway's: one line a call, devices by name, nothing of what a call carried."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from gateway.emulator import Emulator
from gateway.emulator.app import serve
from gateway.emulator.model import Answer, Call
from gateway.exchanges.logger import configure
from gateway.wiring.emulated import log_of_emulator
from gateway.wiring.keys import RedactionKeyError
from tests.harness.lab import Lab
from tests.legs import DISH, device_header

KEY = {"GATEWAY_REDACTION_KEY": "ab" * 32}


async def test_its_calls_are_logged_as_the_gateway_s(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the key of the same folder a device has the same name in both."""
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    serving = await serve(Emulator(), ended=log_of_emulator(configure(out), KEY))
    running = await lab.run(
        "passthrough",
        environ=KEY,
        upstream="emulator",
        upstreams__emulator__origin=f"emulator://127.0.0.1:{serving.port}",
    )
    asked = f"GET {DISH} HTTP/1.1\r\nHost: x\r\nAP-Device-Identifier: {device_header('roku')}\r\nAuthorization: Bearer token-of-roku\r\n\r\n"
    await running.ask(asked.encode())
    (event,) = [json.loads(line) for line in out.getvalue().splitlines()]
    (exchange,) = running.events("exchange")
    for field in ("device", "method", "path", "status", "source", "event", "level"):
        assert event[field] == exchange[field] or field == "level", field
    assert (event["level"], event["address"]) == ("info", "127.0.0.1")
    assert "token-of-roku" not in out.getvalue()
    await serving.close()


def test_what_fails_there_costs_no_answer_and_is_said() -> None:
    out = io.StringIO()
    ended = log_of_emulator(configure(out), KEY)
    ended(Call("GET", "/x", client=None), Answer(200, "OK"), 1.0)  # type: ignore[arg-type]
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["watching failed"]


def test_a_broken_key_is_told() -> None:
    with pytest.raises(RedactionKeyError):
        log_of_emulator(configure(io.StringIO()), {"GATEWAY_REDACTION_KEY": "nonsense"})
