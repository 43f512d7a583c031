"""The lab's pages of a whole gateway: what the self-check says of a device, and who refuses the certificate."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path
from socket import create_server
from typing import Any

import pytest

from gateway.config import Config, load
from gateway.core.check_picture import CHECK_PATH, PICTURE
from gateway.lab.authority import make
from gateway.lab.self_check import SelfCheck, read
from gateway.wiring.lab_pages import base_of
from gateway.wiring.listening import CannotListenError
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.ports import free_port
from tests.harness.sockets import OK, PATIENCE, Message, Wire, settle
from tests.wiring.test_listening import HOST, status_at
from tests.wiring.test_reloading import started


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pages_at(port: int, **more: object) -> dict[str, Any]:
    return {"address": "127.0.0.1", "names": "gateway.lab", "pages": {"listen": f"127.0.0.1:{port}"}, **more}


def settings(port: int) -> dict[str, Any]:
    """The same, where `lab` is a parameter already."""
    return {f"lab__{key}": value for key, value in pages_at(port).items()}


async def page(port: int, target: str = "/check.json", *fields: str) -> Message:
    async with asyncio.timeout(PATIENCE):
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
        try:
            lines = "".join(f"{field}\r\n" for field in fields)
            return await wire.send(f"GET {target} HTTP/1.1\r\nHost: gateway.lab\r\n{lines}\r\n".encode()).message()
        finally:
            wire.close()


async def checked(port: int, *fields: str) -> SelfCheck:
    return read((await page(port, "/check.json", *fields)).body)


NAMED = {"roku": {"match": {"address": "192.168.0.7"}, "public_address": "8.8.4.4", "upstream": "lab"}}


@for_each(
    ("device", "more", "told"),
    [
        ("192.168.0.7", {"devices": NAMED}, ("roku", "8.8.4.4", "the public_address of this device", False)),
        ("192.168.0.8", {"devices": NAMED}, ("", "192.168.0.8", "the device's own address, which is private; no other address is set", False)),
        ("192.168.0.8", {"upstream": "production"}, ("", "192.168.0.8", "the device's own address, which is private; no other address is set", True)),
        ("8.8.8.8", {}, ("", "8.8.8.8", "the device's own address, which is public", False)),
        ("192.168.0.8", {"forwarded_for__pool": "9.9.9.0/24"}, ("", "9.9.9.8", "its place in forwarded_for.pool", False)),
        ("192.168.0.8", {"forwarded_for__fallback": "9.9.9.9"}, ("", "9.9.9.9", "forwarded_for.fallback", False)),
        ("192.168.0.8", {"forwarded_for__mode": "off"}, ("", "", "forwarded_for.mode is off: the app's own value", False)),
    ],
)  # fmt: skip
async def test_the_check_says_what_adobe_will_be_told_and_why(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, device: str, more: dict[str, Any], told: tuple[object, ...]
) -> None:
    async def reached(*_: object) -> str:
        return ""

    monkeypatch.setattr("gateway.wiring.reaching._why_unreachable", reached)
    port, origin = free_port(), await lab.origin()
    running = await lab.run(
        "passthrough", origin, **settings(port), forwarded_for__trusted_proxies=["127.0.0.1"], **more
    )
    check = await checked(port, f"X-Forwarded-For: {device}")
    assert check.address == device
    assert (check.device, check.told, check.why, check.is_private) == told
    assert (check.http_port, check.https_port, check.addresses) == (port, None, ("127.0.0.1",))
    assert check.hosts[-1] == "gateway.lab"
    assert origin.connections == 0, "what is asked of the pages reaches no upstream"
    await running.serving.stop()


async def test_under_an_upstreams_name_apps_are_served_and_the_gateway_shows_its_picture(lab: Lab) -> None:
    port, origin = free_port(), await lab.origin(OK)
    running = await lab.run("passthrough", origin, **settings(port))
    answer = await running.ask(f"GET {CHECK_PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    assert (answer.status, answer.body, origin.connections) == (200, PICTURE, 0)
    assert running.events("exchange") == []
    app = await running.ask(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    assert (app.body, origin.connections) == (b"ok", 1), "who asks for the API on the apps' port is shown no page"
    assert (await page(port, "/check")).status == 200


async def test_a_device_that_refuses_the_certificate_is_told_the_steps_for_its_platform(lab: Lab) -> None:
    """Its platform is known because its browser was here, or because it called before."""
    make(Path("lab"), ["auth.adobe.com", "auth-staging.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))
    port = free_port()
    named = {"living-room": {"match": {"address": "127.0.0.1"}}}
    running = await lab.run("passthrough", await lab.origin(OK), **settings(port), listen__tls="lab", devices=named)

    async def refuses() -> dict[str, Any]:
        with pytest.raises(OSError):  # noqa: PT011  # an SSLError, or the end of the connection
            await status_at(running.port, ssl=ssl.create_default_context(), server_hostname=HOST)
        await settle()
        return running.events("TLS handshake failed")[-1]

    said = await refuses()
    assert (said["device"], said["peer"]) == ("living-room", "127.0.0.1")
    assert (
        said["hint"]
        == f"if the device does not trust the lab's certificate yet: http://127.0.0.1:{port}/ has the steps"
    )
    assert "<h1>Roku</h1>" in (await page(port, "/", "User-Agent: Roku/DVP-12.5")).body.decode()
    hint = str((await refuses())["hint"])
    assert hint.startswith(
        f"if the device does not trust the lab's certificate yet: Roku: Download http://127.0.0.1:{port}/ca.pem,"
    )
    assert hint.endswith(f"(http://127.0.0.1:{port}/for/roku)")
    (refusing,) = running.serving.lab.refusing()
    assert (refusing.name, refusing.platform, refusing.times) == ("living-room", "Roku", 2)
    assert refusing.steps[0].startswith(f"Download http://127.0.0.1:{port}/ca.pem")


async def test_a_device_that_called_before_is_known_without_its_browser(lab: Lab) -> None:
    running = await lab.run("passthrough", await lab.origin(OK), **settings(free_port()))
    await running.ask(b"GET / HTTP/1.1\r\nHost: gateway\r\nUser-Agent: Roku/DVP-12.5\r\n\r\n")
    platform = running.serving.lab.acquainted.platform_at("127.0.0.1")
    assert platform is not None
    assert platform.slug == "roku"


async def test_the_pages_follow_a_reload_and_end_with_the_gateway(lab: Lab) -> None:
    port = free_port()
    one = await started(lab, "passthrough", await lab.origin(OK), **settings(port))
    assert f"or http://gateway.lab:{port}/ where".encode() in (await page(port, "/")).body
    said = await one.reload(lab__names="other.lab")
    assert "needs_restart" not in said
    assert f"or http://other.lab:{port}/ where".encode() in (await page(port, "/")).body
    said = await one.reload(lab__pages={"listen": f"127.0.0.1:{free_port()}"})
    assert said["needs_restart"] == ["lab.pages"]
    await one.running.serving.stop()
    with pytest.raises(ConnectionRefusedError):
        await page(port)


async def test_an_address_that_is_taken_is_said_and_nothing_is_left_open(lab: Lab) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port, first = taken.getsockname()[1], free_port()
        with pytest.raises(CannotListenError, match=rf"^lab.pages: cannot listen on 127.0.0.1:{port}: "):
            await lab.run("passthrough", listen__port=first, **settings(port))
        create_server(("127.0.0.1", first)).close()


@for_each(
    ("pages", "address", "base"),
    [
        ("192.168.0.2", None, "http://192.168.0.2"),
        ("192.168.0.2:80", None, "http://192.168.0.2"),
        ("192.168.0.2:8081", None, "http://192.168.0.2:8081"),
        ("[fd00::2]", None, "http://[fd00::2]"),
        ("0.0.0.0", "192.168.0.2", "http://192.168.0.2"),
        ("[::]:81", ["fd00::2", "192.168.0.2"], "http://[fd00::2]:81"),
    ],
)
def test_the_address_that_devices_type(pages: str, address: object, base: str) -> None:
    given: dict[str, Any] = {"pages": {"listen": pages}} | ({"address": address} if address else {})
    config: Config = load(None, {}, {"lab": given})
    assert base_of(config) == base


def test_a_lab_without_pages_has_no_address_for_them() -> None:
    assert base_of(load(None, {}, {})) == ""
