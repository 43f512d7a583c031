"""Several listeners before one gateway: TLS of the lab, the PROXY protocol, sockets of systemd; and an upstream that is ourselves."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.config import load
from gateway.core.mistake import Mistake
from gateway.lab.authority import ROOT, make
from gateway.lab.domains import permitted_domains
from gateway.wiring.listening import CannotListenError
from gateway.wiring.resolving import leading
from gateway.wiring.serving import first_line, production_reached
from tests.harness.lab import Lab, Running
from tests.harness.ports import free_port
from tests.harness.sockets import OK, PATIENCE, Wire, settle
from tests.lab.test_resolver import ask, elsewhere
from tests.wiring.test_reloading import Reloaded, started

HOST = "api.auth.adobe.com"
ASKED = f"GET /api/v2/REF30/configuration HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
PROXY = b"PROXY TCP4 192.168.0.7 192.168.0.2 56324 443\r\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def authority() -> None:
    make(Path("lab"), permitted_domains([HOST, "api.auth-staging.adobe.com", "gateway.lab"]), "ec", datetime.now(UTC))


def port_of(running: Running, name: str) -> int:
    (url,) = [url for url in running.serving.urls if url.endswith(f" ({name})")]
    return int(url.partition(" ")[0].rpartition(":")[2])


async def connected(port: int, host: str = "127.0.0.1", **about: Any) -> Wire:
    return Wire(*await asyncio.open_connection(host, port, **about))


async def status_at(port: int, *before: bytes, host: str = "127.0.0.1", **about: Any) -> int:
    async with asyncio.timeout(PATIENCE):
        wire = await connected(port, host, **about)
        try:
            return (await wire.send(b"".join(before) + ASKED).message()).status
        finally:
            wire.close()


async def refused(port: int, data: bytes) -> bool:
    """Whether a connection is closed without an answer."""
    wire = (await connected(port)).send(data)
    try:
        return await wire.gone() == b""
    finally:
        wire.close()


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(Path("lab") / ROOT))


@pytest.mark.usefixtures("authority")
async def test_each_listener_serves_in_its_own_way_and_the_first_line_names_all(lab: Lab) -> None:
    origin = await lab.origin(OK)
    running = await lab.run(
        "passthrough", origin, listen__tls="lab", listeners={"plain": {"port": 0}, "every": {"port": 0, "host": "::"}}
    )
    assert await status_at(running.port, ssl=trusting(), server_hostname=HOST) == 200
    assert await status_at(port_of(running, "plain")) == 200
    assert await status_at(port_of(running, "every")) == 200
    assert await status_at(port_of(running, "every"), host="::1") == 200
    said = first_line(running.serving.steered.config, running.serving)
    assert said.startswith(f"gateway listening on https://127.0.0.1:{running.port}, http://127.0.0.1:")
    assert f", http://[::]:{port_of(running, 'every')} (every) · mode passthrough" in said
    addresses = {exchange["address"] for exchange in running.events("exchange")}
    assert addresses == {"127.0.0.1", "::1"}, "an IPv4 peer has its own family's address"


@pytest.mark.usefixtures("authority")
async def test_draining_lets_each_listener_finish_and_closes_them_all(lab: Lab) -> None:
    go = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await go.wait()
        wire.send(OK)

    running = await lab.run("passthrough", await lab.origin(script=script), listeners={"plain": {"port": 0}})
    port = port_of(running, "plain")
    wires = [(await connected(at)).send(ASKED) for at in (running.port, port)]
    while len(running.serving.gateway.exchanges.in_flight) < 2:  # noqa: ASYNC110  # it has no event
        await asyncio.sleep(0.001)
    stopping = asyncio.create_task(running.serving.stop())
    await settle()
    for at in (running.port, port):
        with pytest.raises(OSError):  # noqa: PT011  # refused, or reset out of the kernel's queue
            await status_at(at)
    go.set()
    assert [(await wire.message()).status for wire in wires] == [200, 200]
    for wire in wires:
        wire.close()
    await stopping


async def test_a_trusted_proxy_says_whose_connection_it_is_and_nobody_else_may_connect(lab: Lab) -> None:
    origin = await lab.origin(OK, OK)
    one = await started(
        lab, "passthrough", origin, listeners={"proxied": {"port": 0, "proxy_protocol": True}},
        forwarded_for__trusted_proxies=["127.0.0.1"],
    )  # fmt: skip
    port = port_of(one.running, "proxied")
    assert await status_at(port, PROXY) == 200
    assert origin.seen[0].all(b"x-forwarded-for") == [b"192.168.0.7"]
    assert await refused(port, ASKED)
    await one.reload(forwarded_for__trusted_proxies=["192.0.2.1"])
    assert await refused(port, PROXY + ASKED)
    await settle()
    reasons = [event["reason"] for event in one.running.events("PROXY protocol refused")]
    assert reasons == [
        "expected a PROXY protocol header, found something else",
        "it is not in forwarded_for.trusted_proxies",
    ]
    assert await status_at(one.running.port) == 200, "the other listener asks for no header"


@pytest.mark.usefixtures("authority")
async def test_a_header_that_never_ends_is_given_up_and_tls_comes_after_one_that_does(lab: Lab) -> None:
    running = await lab.run(
        "passthrough", await lab.origin(OK), listen__tls="lab", listen__proxy_protocol=True,
        forwarded_for__trusted_proxies="private", limits__head_timeout=0.2,
    )  # fmt: skip
    assert await refused(running.port, PROXY[:20])
    (event,) = running.events("PROXY protocol refused")
    assert event["reason"] == "it did not finish within limits.head_timeout"
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(PROXY)
    await writer.start_tls(trusting(), server_hostname=HOST)
    assert (await Wire(reader, writer).send(ASKED).message()).status == 200
    writer.close()


@pytest.mark.usefixtures("authority")
async def test_a_device_that_does_not_trust_the_lab_is_named_with_what_to_do(lab: Lab) -> None:
    running = await lab.run("passthrough", await lab.origin(OK), listen__tls="lab")
    with pytest.raises(OSError):  # noqa: PT011  # an SSLError, or the end of the connection
        await status_at(running.port, ssl=ssl.create_default_context(), server_hostname=HOST)
    await settle()
    (event,) = running.events("TLS handshake failed")
    assert event["peer"] == "127.0.0.1"
    assert (
        event["hint"]
        == "if the device does not trust the lab's certificate yet: gateway lab ca (docs/tutorials/lab.md)"
    )
    (refusing,) = running.serving.lab.refusing()
    assert (refusing.address, refusing.times, refusing.url) == ("127.0.0.1", 1, "")
    assert refusing.reason == event["reason"]
    assert await status_at(running.port, ssl=trusting(), server_hostname=HOST) == 200
    assert running.serving.lab.refusing() == [], "it trusts the lab now"


@pytest.mark.usefixtures("authority")
async def test_an_old_version_of_tls_is_spoken_where_it_is_asked_for_and_said(lab: Lab) -> None:
    old = {"lab": True, "min_version": "1.1"}
    running = await lab.run(
        "passthrough", await lab.origin(OK), listen__tls="lab", listeners={"old": {"port": 0, "tls": old}}
    )
    (event,) = running.events("old TLS")
    assert (event["listener"], event["min_version"]) == ("old", "1.1")
    client = trusting()
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    assert await status_at(port_of(running, "old"), ssl=client, server_hostname=HOST) == 200
    with pytest.raises(OSError):  # noqa: PT011  # an SSLError, or the end of the connection
        await status_at(running.port, ssl=client, server_hostname=HOST)


async def test_without_an_authority_nothing_listens_and_one_for_other_hosts_is_said(lab: Lab) -> None:
    with pytest.raises(Mistake, match=r"lab: expected a lab's authority, found no ca.pem \(run gateway lab init\)"):
        await lab.run("passthrough", listen__tls="lab")
    make(Path("lab"), ["auth.adobe.com"], "ec", datetime.now(UTC))
    with pytest.raises(Mistake, match=r"for api.auth-staging.adobe.com, found one only for auth.adobe.com"):
        await lab.run("passthrough", listen__tls="lab")


async def test_a_port_that_is_taken_names_it_and_leaves_nothing_open(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, first = taken.getsockname()[1], free_port()
        with pytest.raises(CannotListenError) as raised:
            await lab.run("passthrough", listen__port=first, listeners={"tv": {"port": port}})
        hint = "choose another port (listeners.tv.port), or 0 for a free one"
        assert str(raised.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use; {hint}"
        socket.create_server(("127.0.0.1", first)).close()


async def test_a_socket_of_systemd_stands_for_the_listener_of_its_name(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = socket.create_server(("127.0.0.1", 0))
    port = ours.getsockname()[1]
    monkeypatch.setattr("gateway.system.activation.FIRST", ours.detach())
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "tv"}
    running = await lab.run("passthrough", await lab.origin(OK), environ, listeners={"tv": {"port": 1}})
    assert port_of(running, "tv") == port
    assert await status_at(port) == 200


@pytest.mark.usefixtures("authority")
async def test_a_reload_applies_certificates_and_says_what_needs_a_restart(lab: Lab) -> None:
    one: Reloaded = await started(
        lab, "passthrough", await lab.origin(OK), listen__tls="lab", listeners={"a": {"port": 0}}
    )
    said = await one.reload(
        listeners={"a": {"port": 0}, "b": {"port": 81}}, listen__tls={"lab": True, "min_version": "1.3"}
    )
    assert said["needs_restart"] == ["listeners"]
    client = trusting()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(OSError):  # noqa: PT011  # an SSLError, or the end of the connection
        await status_at(one.running.port, ssl=client, server_hostname=HOST)
    assert await status_at(one.running.port, ssl=trusting(), server_hostname=HOST) == 200


async def test_an_upstream_whose_name_leads_here_is_answered_508(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS or not: it is seen before a connection is made."""

    async def here(_: str) -> list[str]:
        return ["127.0.0.7"]

    for user in ("parts", "resolving"):
        monkeypatch.setattr(f"gateway.wiring.{user}.look_up_of", lambda _: here)
    for scheme in ("http", "https"):
        port = free_port()
        running = await lab.run(
            "passthrough", listen__port=port, listen__host="0.0.0.0", upstream="me",
            upstreams__me__origin=f"{scheme}://api.example:{port}", lab__address="192.168.0.2",
        )  # fmt: skip
        answer = await running.ask(ASKED)
        assert (answer.status, answer.get(b"x-gateway-error")) == (508, b"loop")
        await settle()
        assert [event["upstream"] for event in running.events("upstream leads to the gateway itself")] == ["me"]
        assert b"Set upstreams.me.connect_to, or use lab.dns with forward_to." in answer.body


async def test_the_labs_resolver_leads_devices_here_and_the_gateway_past_it(lab: Lab) -> None:
    """Behind it the upstream's name leads to an address of documentation, where nobody is: the gateway has tried that one."""
    async with elsewhere() as (behind, server):
        here = free_port()
        dns = {"listen": f"127.0.0.1:{here}", "forward_to": f"127.0.0.1:{server[1]}"}
        running = await lab.run(
            "passthrough", upstream="production", lab={"address": "127.0.0.1", "names": "gateway.lab", "dns": dns},
            upstreams__production__timeout={"connect": 0.2}, control__enabled=False,
        )  # fmt: skip
        assert running.serving.resolver is not None
        port = running.serving.resolver.port
        for host in (HOST, "gateway.lab"):
            (found,) = (await ask(port, host, "A")).answer
            assert [str(record) for record in found] == ["127.0.0.1"]
        (other,) = (await ask(port, "other.example", "A")).answer
        assert [str(record) for record in other] == ["203.0.113.9"]
        before = len(behind.asked)
        assert (await running.ask(ASKED)).status in {502, 504}
        assert len(behind.asked) > before
    await running.serving.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_named_device_has_its_name_its_address_and_its_upstream(lab: Lab) -> None:
    """By DNS both come to one gateway; a proxy here stands for two televisions."""
    common, own = await lab.origin(OK), await lab.origin(OK)
    device = {"match": {"address": "192.168.0.7"}, "public_address": "8.8.4.4", "upstream": "own"}
    running = await lab.run(
        "passthrough", common, devices={"living-room-roku": device}, forwarded_for={"trusted_proxies": ["127.0.0.1"], "pool": "9.9.9.0/24"},
        upstreams__own__origin=f"http://127.0.0.1:{own.port}",
    )  # fmt: skip
    for address in ("192.168.0.7", "192.168.0.8"):
        await running.ask(ASKED.replace(b"\r\n\r\n", f"\r\nX-Forwarded-For: {address}\r\n\r\n".encode()))
    assert [origin.seen[0].all(b"x-forwarded-for") for origin in (own, common)] == [[b"8.8.4.4"], [b"9.9.9.8"]]
    await settle()
    named, unnamed = running.events("exchange")
    assert (named["device"], named["upstream"], named["address"]) == ("living-room-roku", "own", "192.168.0.7")
    assert (unnamed["device"].partition("-")[0], unnamed["upstream"]) == ("address", "lab")


async def test_a_reload_has_the_resolver_answer_with_other_names(lab: Lab) -> None:
    async with elsewhere() as (_, server):
        here = free_port()
        dns = {"listen": f"127.0.0.1:{here}", "forward_to": f"127.0.0.1:{server[1]}"}
        one = await started(lab, "auto", lab__address="127.0.0.1", lab__dns=dns)
        await one.reload(lab__address="127.0.0.9", upstreams__more__origin="https://more.example")
        for host in (HOST, "more.example"):
            (found,) = (await ask(here, host, "A")).answer
            assert [str(record) for record in found] == ["127.0.0.9"]


def test_a_devices_upstream_that_is_production_is_said() -> None:
    named = {"match": {"address": "10.0.0.1"}, "upstream": "production"}
    config = load(None, {}, {"devices": {"tv": named}})
    assert production_reached(config) == "devices.tv.upstream: production"
    assert production_reached(replace(config, mode="replay")) == ""


def test_each_device_is_told_what_is_set_for_it() -> None:
    """By its address, the first device that is known by that alone: another gateway's, or the truth, which leaves it alone."""
    devices = {
        "named": {"match": {"address": "192.168.0.7", "user_agent": "Roku"}, "mode": "replay"},
        "left-alone": {"match": {"address": "192.168.0.7"}, "dns": "off"},
        "elsewhere": {"match": {"address": "192.168.0.8"}, "dns": "192.168.0.3"},
        "by-v6": {"match": {"address": "fd00::8"}, "dns": "fd00::3"},
        "shelf": {"match": {"address": "192.168.0.0/28"}},
    }
    dns = {"listen": "192.168.0.2", "forward_to": "192.168.0.1"}
    config = load(None, {}, {"lab": {"address": "192.168.0.2", "dns": dns}, "devices": devices})
    told = leading(config)
    rows = {
        "192.168.0.7": None,
        "::ffff:192.168.0.7": None,
        "192.168.0.8": ["192.168.0.3"],
        "fd00::8%eth0": ["fd00::3"],
        "192.168.0.9": ["192.168.0.2"],
        "10.0.0.1": ["192.168.0.2"],
        "nonsense": ["192.168.0.2"],
    }
    found = {client: told(client) for client in rows}
    assert {client: names and [*map(str, names.addresses)] for client, names in found.items()} == rows
    assert len({names.hosts for names in found.values() if names is not None}) == 1
