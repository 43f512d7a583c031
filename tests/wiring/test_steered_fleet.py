"""What a person sees of two workers on the page and in the API is what both know."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.lab.authority import make
from tests.harness.fleet import Fleet, closed, fleet, logout, origin
from tests.harness.ports import free_port
from tests.harness.sockets import settle

pytestmark = pytest.mark.long

HOST = "gateway.lab"


async def shake(running: Fleet, port: int, context: ssl.SSLContext) -> None:
    """Have the device at 127.0.0.1 shake hands with each worker."""
    for wire in await running.one_each(port):
        with suppress(OSError):  # an SSLError, or the end of the connection
            await wire.writer.start_tls(context, server_hostname=HOST)
        await closed(wire.writer)
    await settle()


async def test_a_device_that_refuses_the_labs_certificate_is_shown_whichever_worker_it_met(tmp_path: Path) -> None:
    """With the platform that another worker knows, until it finishes a handshake with any of them."""
    make(tmp_path / "lab", ["auth.adobe.com", "auth-staging.adobe.com", HOST], "ec", datetime.now(UTC))
    trusting = ssl.create_default_context(cafile=str(tmp_path / "lab/ca.pem"))
    port = free_port()
    settings: dict[str, Any] = {"lab": {"names": [HOST]}, "listeners": {"secure": {"port": port, "tls": "lab"}}}
    async with origin() as upstream, fleet(tmp_path, upstream, "--mode", "passthrough", **settings) as running:
        one, _ = await running.one_each()
        assert (await one.send(logout("roku", "User-Agent: Roku/DVP-12.5")).message()).status == 200
        await shake(running, port, ssl.create_default_context())
        (refusing,) = (await running.api("GET", "/api/lab/refusing"))[1]
        assert (refusing["address"], refusing["platform"], refusing["times"]) == ("127.0.0.1", "Roku", 2)
        assert "Devices that refuse the lab" in (await running.api("GET", "/devices"))[1]
        wire, *others = await running.one_each(port)
        await wire.writer.start_tls(trusting, server_hostname=HOST)
        await settle()
        assert (await running.api("GET", "/api/lab/refusing"))[1] == []
        for each in (wire, *others):
            await closed(each.writer)
        assert await running.stop() == 0


async def test_a_fault_of_a_single_device_counts_the_calls_that_each_worker_met(tmp_path: Path) -> None:
    device = {"match": {"address": "127.0.0.1"}, "faults": [{"status": 503}]}
    async with (
        origin() as upstream,
        fleet(tmp_path, upstream, "--mode", "passthrough", devices={"roku": device}) as running,
    ):
        assert [(await wire.send(logout("x")).message()).status for wire in await running.one_each()] == [503, 503]
        (fault,) = (await running.api("GET", "/api/faults"))[1]
        assert (fault["device"], fault["met"], fault["happened"]) == ("roku", 2, 2)
        assert await running.stop() == 0


async def test_a_device_that_a_person_names_has_its_name_in_each_worker(tmp_path: Path) -> None:
    """In the list of devices, also for earlier calls, in the log, and in devices.yaml."""
    async with origin() as upstream, fleet(tmp_path, upstream, "--mode", "passthrough") as running:
        wires = await running.one_each()
        for wire in wires:
            assert (await wire.send(logout("tv")).message()).status == 200
        device, *others = (await running.api("GET", "/api/devices"))[1]
        assert (device["named"], others) == (False, [])
        status, _ = await running.api("PUT", f"/api/devices/{device['name']}/name", {"name": "living-room"})
        assert status == 200
        for wire in await running.one_each():
            assert (await wire.send(logout("tv")).message()).status == 200
        (device,) = (await running.api("GET", "/api/devices"))[1]
        assert (device["name"], device["named"], device["exchanges"]) == ("living-room", True, 4)
        assert await running.stop() == 0
    assert [entry["device"] for entry in running.events("exchange")][2:] == ["living-room"] * 2
    assert "living-room" in (tmp_path / "devices.yaml").read_text("utf-8")
