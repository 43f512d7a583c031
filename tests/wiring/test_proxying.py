"""The lab's proxy is started, told of, measured, and follows the configuration."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config import load
from gateway.core.mistake import Mistake
from gateway.lab.authority import make
from gateway.wiring.listening import CannotListenError
from gateway.wiring.proxying import proxy_address
from gateway.wiring.serving import first_line
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.ports import free_port
from tests.harness.sockets import OK, Message, Wire
from tests.lab.test_proxy import HOST, behind, get
from tests.wiring.test_reloading import started

NEW = "api.new.auth.adobe.com"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def authority() -> None:
    make(Path("lab"), ["auth.adobe.com", "auth-staging.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))


async def test_it_is_told_where_the_proxy_is_and_what_it_did(lab: Lab) -> None:
    authority()
    one = await behind(lab, await lab.origin(OK), metrics=True)
    running = one.running.serving
    assert f" · proxy 127.0.0.1:{one.port} · " in first_line(running.steered.config, running)
    await (await one.asked(get(f"http://{HOST}/"))).message()
    await (await one.connect("other.example:443")).message()
    await one.opened(f"{HOST}:443")
    assert running.measuring.metrics is not None
    shown = running.measuring.metrics.render()[0].decode()
    assert 'gateway_proxy_requests_total{became="opened"} 1.0' in shown
    assert 'gateway_proxy_requests_total{became="refused"} 1.0' in shown
    assert "gateway_tunnels 0.0" in shown
    assert "\ngateway_connections 0.0" not in shown


async def test_a_reload_has_it_lead_elsewhere_and_a_place_of_its_own_needs_a_restart(lab: Lab) -> None:
    authority()
    port = free_port()
    proxy = {"listen": f"127.0.0.1:{port}"}
    one = await started(lab, "passthrough", await lab.origin(OK), lab__proxy=proxy)

    async def connect(to: str) -> Message:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
        try:
            return await wire.send(f"CONNECT {to}:443 HTTP/1.1\r\n\r\n".encode()).message(head_only=True)
        finally:
            wire.abort()

    assert (await connect(NEW)).status == 403
    said = await one.reload(upstreams__new__origin=f"https://{NEW}", lab__proxy={**proxy, "tunnel": ["8.8.8.8:443"]})
    assert "needs_restart" not in said
    assert (await connect(NEW)).status == 200
    running = one.running.serving.proxying
    assert running is not None
    assert running.proxy.terms.listed == {("8.8.8.8", 443)}
    said = await one.reload(lab__proxy={"listen": f"127.0.0.1:{free_port()}"})
    assert said["needs_restart"] == ["lab.proxy"]
    assert (await connect(HOST)).status == 200


async def test_an_upstream_that_is_the_proxy_itself_is_answered_508(lab: Lab) -> None:
    authority()
    port = free_port()
    proxy = {"listen": f"127.0.0.1:{port}"}
    running = await lab.run(
        "passthrough", upstream="me", upstreams__me__origin=f"http://127.0.0.1:{port}", lab__proxy=proxy
    )
    answer = await running.ask(get("/x", "127.0.0.1"))
    assert (answer.status, answer.get(b"x-gateway-error")) == (508, b"loop")


async def test_the_labs_pages_are_shown_under_the_gateways_own_names_and_name_the_pac_file(lab: Lab) -> None:
    authority()
    pages = free_port()
    one = await behind(lab, await lab.origin(OK), lab__pages={"listen": f"127.0.0.1:{pages}"}, lab__address="127.0.0.1")
    for url in ("http://gateway.lab/", f"http://127.0.0.1:{pages}/"):
        answer = await (await one.asked(get(url))).message()
        assert (answer.status, answer.get(b"content-type")) == (200, b"text/html; charset=utf-8")
        assert f"http://127.0.0.1:{one.port}/proxy.pac".encode() in answer.body
    assert (await (await one.asked(get(f"http://{HOST}/"))).message()).body == b"ok"


async def test_a_port_that_is_taken_and_a_lab_without_an_authority_are_said(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        proxy = {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}
        with pytest.raises(Mistake, match="gateway lab init"):
            await lab.run("passthrough", lab__proxy=proxy)
        authority()
        with pytest.raises(CannotListenError, match=r"lab\.proxy: cannot listen on 127\.0\.0\.1:\d+: "):
            await lab.run("passthrough", lab__proxy=proxy)


@for_each(
    ("listen", "address", "told"),
    [
        ("192.168.0.2", (), "192.168.0.2:3128"),
        ("192.168.0.2:8888", (), "192.168.0.2:8888"),
        ("0.0.0.0", ("192.168.0.2", "fd00::2"), "192.168.0.2:3128"),
        ("[::]:3129", ("fd00::2",), "[fd00::2]:3129"),
        ("[fd00::2]", (), "[fd00::2]:3128"),
        ("127.0.0.1", ("192.168.0.2",), "127.0.0.1:3128"),
    ],
)
def test_devices_are_told_an_address_at_which_they_reach_it(listen: str, address: tuple[str, ...], told: str) -> None:
    config = load(None, {}, {"lab.proxy.listen": listen, "lab.address": list(address)})
    assert config.lab.proxy is not None
    assert proxy_address(config, config.lab.proxy.port) == told
