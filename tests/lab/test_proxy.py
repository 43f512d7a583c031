"""The lab's explicit proxy before a whole gateway: what it answers itself, where it leads, and what it refuses."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.lab.authority import ROOT, make
from gateway.lab.dialling import Dialler, may_be_reached
from gateway.lab.domains import permitted_domains
from tests.harness.for_each import for_each
from tests.harness.lab import Lab, Running
from tests.harness.ports import free_port
from tests.harness.sockets import OK, PATIENCE, Origin, Wire, settle
from tests.harness.watchdog import MOST, longest_step

HOST, STAGING = "api.auth.adobe.com", "api.auth-staging.adobe.com"
PATH = "/api/v2/REF30/configuration"
NAMES = {
    "listed.example": ["127.0.0.1"],
    "loopback.example": ["127.0.0.1", "::1"],
    "metadata.example": ["169.254.169.254"],
    "private.example": ["10.0.0.1", "fd00::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
}
"""What the names of the world lead to."""


async def look_up(host: str) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror
    return NAMES[host]


@pytest.fixture(autouse=True)
def _authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("lab"), permitted_domains([HOST, STAGING, "gateway.lab"]), "ec", datetime.now(UTC))


@pytest.fixture
def reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the proxy reach this machine, which stands for the internet."""
    monkeypatch.setattr("gateway.wiring.proxying.dialler_of", lambda _: Dialler(look_up, may=lambda _: True))


class Behind:
    """A gateway with a proxy."""

    def __init__(self, running: Running, port: int) -> None:
        self.running = running
        self.port = port
        self.counts = running.serving.proxying.proxy.counts if running.serving.proxying is not None else None

    async def asked(self, data: bytes, **about: Any) -> Wire:
        """Send something on a connection of its own."""
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.port, **about))
        self.running._wires.append(wire)
        return wire.send(data)

    async def connect(self, to: str) -> Wire:
        return await self.asked(f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode())

    async def opened(self, to: str) -> Wire:
        wire = await self.connect(to)
        assert await wire.head() == b"HTTP/1.1 200 Connection established"
        return wire

    async def tunnelled(self, count: int) -> list[dict[str, Any]]:
        """Return the lines of tunnels, when there are so many."""
        async with asyncio.timeout(PATIENCE):
            while len(lines := self.running.events("tunnel")) < count:  # noqa: ASYNC110  # the log has no event for it
                await asyncio.sleep(0.01)
        return lines


async def behind(lab: Lab, origin: Origin | None = None, *tunnel: str, **settings: Any) -> Behind:
    port = free_port()
    settings |= {
        "lab__proxy": {"listen": f"127.0.0.1:{port}", "tunnel": list(tunnel)},
        "lab__names": "gateway.lab", "control__enabled": False,
    }  # fmt: skip
    return Behind(await lab.run("passthrough", origin, **settings), port)


def get(url: str, host: str = "x", more: str = "") -> bytes:
    return f"GET {url} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


async def secured(wire: Wire, name: str | None) -> Wire:
    """Speak TLS as a device that trusts the lab."""
    device = ssl.create_default_context(cafile=f"lab/{ROOT}")
    device.check_hostname = name is not None
    await wire.writer.start_tls(device, server_hostname=name)
    return wire


async def test_a_connect_to_a_host_of_the_lab_becomes_an_exchange_of_the_device(lab: Lab) -> None:
    origin = await lab.origin(OK)
    one = await behind(lab, origin)
    wire = await secured(await one.opened(f"{HOST.upper()}.:443"), HOST)
    for _ in range(2):  # it is a connection like any other
        assert (await wire.send(get(PATH, HOST)).message()).status == 200
    assert [seen.target for seen in origin.seen] == [PATH.encode()] * 2
    await settle()
    assert [event["address"] for event in one.running.events("exchange")] == ["127.0.0.1"] * 2


async def test_plain_http_may_be_asked_through_a_connect_too(lab: Lab) -> None:
    one = await behind(lab, await lab.origin(OK))
    assert (await (await one.opened(f"{HOST}:80")).send(get(PATH, HOST)).message()).status == 200


async def test_who_names_no_host_in_tls_is_shown_the_one_of_its_connect(lab: Lab) -> None:
    one = await behind(lab, await lab.origin(OK))
    for host in (HOST, STAGING):
        wire = await secured(await one.opened(f"{host}:443"), None)
        certificate = wire.writer.get_extra_info("ssl_object").getpeercert()
        assert certificate["subjectAltName"] == (("DNS", host),)
        wire.close()


async def test_a_device_that_does_not_trust_the_lab_is_told_of_with_what_to_do(lab: Lab) -> None:
    one = await behind(lab, await lab.origin(OK))
    wire = await one.opened(f"{HOST}:443")
    with pytest.raises(ssl.SSLError):
        await wire.writer.start_tls(ssl.create_default_context(), server_hostname=HOST)
    await settle()
    (event,) = one.running.events("TLS handshake failed")
    assert (event["peer"], "gateway lab ca" in event["hint"]) == ("127.0.0.1", True)


async def test_an_absolute_url_of_a_host_of_the_lab_is_an_exchange(lab: Lab) -> None:
    """What came as Host, and what is for the proxy alone, goes no further; the last dot of a name does not lead past the gateway."""
    origin = await lab.origin(OK)
    one = await behind(lab, origin, ".adobe.com:80")
    wire = await one.asked(b"")
    for host in (HOST, f"{HOST}.", f"{HOST}:80"):
        asked = get(
            f"http://{host}{PATH}",
            "evil.example",
            "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\n",
        )
        assert (await wire.send(asked).message()).status == 200
    for seen in origin.seen:
        assert seen.target == PATH.encode()
        assert seen.all(b"proxy-connection") == seen.all(b"proxy-authorization") == []


@for_each(
    ("url", "host", "status"),
    [
        ("/proxy.pac", "127.0.0.1", 200),
        ("/proxy.pac", "gateway.lab:3128", 200),
        ("http://gateway.lab/proxy.pac", "x", 200),
        ("/proxy.pac", HOST, 404),  # a path of the API
        (f"http://{HOST}/proxy.pac", "x", 404),
        ("/proxy.pac/x", "127.0.0.1", 404),
    ],
)
async def test_the_pac_file_stands_under_the_gateways_own_names(lab: Lab, url: str, host: str, status: int) -> None:
    one = await behind(lab, await lab.origin(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    answer = await (await one.asked(get(url, host))).message()
    assert answer.status == status
    if status == 200:
        assert answer.get(b"content-type") == b"application/x-ns-proxy-autoconfig"
        assert f'if (host == "{HOST}") return "PROXY 127.0.0.1:{one.port}";'.encode() in answer.body


@pytest.mark.usefixtures("reaches")
async def test_a_tunnel_leads_to_a_listed_host_and_is_told_in_one_line(lab: Lab) -> None:
    there = await lab.origin(OK)
    one = await behind(lab, None, f"listed.example:{there.port}")
    wire = await one.opened(f"listed.example:{there.port}")
    assert (await wire.send(get("/x")).message()).status == 200
    wire.close()
    (line,) = await one.tunnelled(1)
    assert (line["peer"], line["to"], line["ended"]) == ("127.0.0.1", f"listed.example:{there.port}", "closed")
    assert (line["sent"], line["received"]) == (len(get("/x")), len(OK))
    assert one.counts is not None
    assert (one.counts.tunnelled, one.counts.refused) == (1, 0)


@pytest.mark.usefixtures("reaches")
async def test_an_http_url_of_a_listed_host_is_passed_on(lab: Lab) -> None:
    """One connection may ask several hosts, and nothing of the device is told to them."""
    there, api = await lab.origin(OK), await lab.origin(OK)
    one = await behind(lab, api, f"listed.example:{there.port}")
    wire = await one.asked(b"")
    for host in (f"listed.example:{there.port}", HOST, f"LISTED.example.:{there.port}"):
        assert (
            await wire.send(get(f"http://{host}/x?y", "other", "Proxy-Connection: keep-alive\r\n")).message()
        ).status == 200
    assert len(api.seen) == 1
    for seen in there.seen:
        assert seen.target == b"/x?y"
        assert seen.fields == [(b"Host", f"listed.example:{there.port}".encode())]
    await settle()
    assert [event["to"] for event in one.running.events("forwarded")] == [f"listed.example:{there.port}"] * 2
    assert len(one.running.events("exchange")) == 1


REFUSED = [
    ("127.0.0.1:443", 403, "proxy_not_listed"),
    ("127.0.0.1:PROXY", 403, "proxy_not_listed"),
    ("localhost:443", 403, "proxy_not_listed"),
    ("[::1]:443", 403, "proxy_not_listed"),
    ("[::ffff:127.0.0.1]:443", 403, "proxy_not_listed"),
    ("[::ffff:7f00:1]:443", 403, "proxy_not_listed"),
    ("[::7f00:1]:443", 403, "proxy_not_listed"),
    ("[64:ff9b::7f00:1]:443", 403, "proxy_not_listed"),
    ("[2002:7f00:1::]:443", 403, "proxy_not_listed"),
    ("[2001:0:a00:1::1]:443", 403, "proxy_not_listed"),
    ("[fe80::1%25eth0]:443", 403, "proxy_not_listed"),
    ("169.254.169.254:80", 403, "proxy_not_listed"),
    ("[fd00:ec2::254]:80", 403, "proxy_not_listed"),
    ("metadata.google.internal:80", 403, "proxy_not_listed"),
    ("10.0.0.1:443", 403, "proxy_not_listed"),
    ("100.100.100.200:80", 403, "proxy_not_listed"),
    ("8.8.8.8:443", 403, "proxy_not_listed"),
    ("0x7f000001:443", 403, "proxy_not_listed"),
    ("other.example:443", 403, "proxy_not_listed"),
    ("loopback.example:22", 403, "proxy_not_listed"),
    ("x.loopback.example:443", 403, "proxy_not_listed"),
    ("xn--bcher-kva.example:443", 403, "proxy_not_listed"),
    ("loopback.example:443", 403, "proxy_inside"),
    ("LOOPBACK.Example.:443", 403, "proxy_inside"),
    ("metadata.example:80", 403, "proxy_inside"),
    ("private.example:443", 403, "proxy_inside"),
    ("mapped.example:443", 403, "proxy_inside"),
    ("nat64.example:443", 403, "proxy_inside"),
    ("nobody.example:443", 502, "proxy_no_address"),
    ("2130706433:443", 400, "proxy_destination"),
    ("127.1:443", 400, "proxy_destination"),
    ("0177.0.0.1:443", 400, "proxy_destination"),
    ("0x7f.0.0.1:443", 400, "proxy_destination"),
    ("user@loopback.example:443", 400, "proxy_destination"),
    ("api.auth.adobe.com@127.0.0.1:443", 400, "proxy_destination"),
    ("%6cocalhost:443", 400, "proxy_destination"),
    ("b\u00fccher.example:443", 400, "proxy_destination"),
    ("localhost", 400, "proxy_destination"),
    ("loopback.example:0", 400, "proxy_destination"),
]
"""What is asked of the proxy, and the answer."""
LISTED = [
    *(f"{name}:443" for name in ("loopback.example", "private.example", "mapped.example", "nat64.example", "nobody.example")),
    "metadata.example:80",
]  # fmt: skip


@asynccontextmanager
async def refusing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Behind]:
    """Yield a proxy with its own judgement of addresses, which fails the test where it connects to anything."""

    async def connected(address: str, port: int) -> None:
        pytest.fail(f"it connected to {address} at {port}")

    monkeypatch.setattr("gateway.lab.dialling._connected", connected)
    monkeypatch.setattr("gateway.wiring.proxying.dialler_of", lambda _: Dialler(look_up, may_be_reached))
    yield await behind(lab, None, *LISTED, *(f"{place.rpartition(':')[0]}:80" for place in LISTED[:-1]))


async def test_no_connect_leads_inside_or_to_what_is_not_listed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    async with refusing(lab, monkeypatch) as one:
        for to, status, code in REFUSED:
            answer = await (await one.connect(to.replace("PROXY", str(one.port)))).message()
            assert (answer.status, answer.get(b"x-gateway-error")) == (status, code.encode()), to
        lines = one.running.events("refused")
        assert [line["code"] for line in lines] == [code for _, _, code in REFUSED]
        assert lines[0]["to"] == "127.0.0.1:443"
        assert all(line["reason"].endswith(".") for line in lines)


@for_each(
    ("url", "status", "code"),
    [
        ("http://127.0.0.1/", 403, "proxy_not_listed"),
        ("http://127.0.0.1:PROXY/proxy.pac", 403, "proxy_not_listed"),
        ("http://[::1]/", 403, "proxy_not_listed"),
        ("http://169.254.169.254/latest/meta-data/", 403, "proxy_not_listed"),
        ("http://other.example/", 403, "proxy_not_listed"),
        ("http://loopback.example/", 403, "proxy_inside"),
        ("http://Metadata.Example./", 403, "proxy_inside"),
        ("http://mapped.example:80/", 403, "proxy_inside"),
        ("http://nobody.example/", 502, "proxy_no_address"),
        ("https://loopback.example/", 403, "proxy_not_plain"),
        ("http://user@loopback.example/", 421, "foreign_target"),
        ("http://2130706433/", 421, "foreign_target"),
        ("ftp://loopback.example/", 421, "foreign_target"),
    ],
)
async def test_no_url_leads_inside_or_to_what_is_not_listed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, url: str, status: int, code: str
) -> None:
    async with refusing(lab, monkeypatch) as one:
        answer = await (await one.asked(get(url.replace("PROXY", str(one.port))))).message()
        assert (answer.status, answer.get(b"x-gateway-error")) == (status, code.encode())


async def test_a_peer_that_is_not_of_a_private_network_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it asks, and before it is read."""
    monkeypatch.setattr("gateway.lab.tunnelling.is_private", lambda _: False)
    one = await behind(lab, await lab.origin(OK))
    for asked in (b"", f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode(), get(f"http://{HOST}/"), get("/proxy.pac")):
        answer = await (await one.asked(asked)).message()
        assert (answer.status, answer.get(b"x-gateway-error")) == (403, b"proxy_not_private")


@pytest.mark.usefixtures("reaches")
async def test_a_host_that_is_not_there_is_answered_502(lab: Lab) -> None:
    nobody = free_port()
    one = await behind(lab, None, f"listed.example:{nobody}")
    answer = await (await one.connect(f"listed.example:{nobody}")).message()
    assert (answer.status, answer.get(b"x-gateway-error")) == (502, b"proxy_unreached")
    answer = await (await one.asked(get(f"http://listed.example:{nobody}/"))).message()
    assert (answer.status, answer.get(b"x-gateway-error")) == (502, b"upstream_unreachable")


@pytest.mark.usefixtures("reaches")
async def test_tunnels_take_no_more_than_half_of_the_connections(lab: Lab) -> None:
    there = await lab.origin(OK)
    one = await behind(lab, None, f"listed.example:{there.port}", limits__max_connections=3)
    first = await one.opened(f"listed.example:{there.port}")
    answer = await (await one.connect(f"listed.example:{there.port}")).message()
    assert (answer.status, answer.get(b"x-gateway-error")) == (503, b"proxy_full")
    assert one.running.serving.server.connections >= 1
    first.close()
    await one.tunnelled(1)
    await one.opened(f"listed.example:{there.port}")


@pytest.mark.usefixtures("reaches")
async def test_a_gateway_that_ends_lets_a_tunnel_go_on_that_carries_something(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent one ends at once."""
    monkeypatch.setattr("gateway.lab.tunnelling.SILENT_SECONDS", 0.1)
    there = await lab.origin(OK)
    one = await behind(lab, None, f"listed.example:{there.port}")
    silent, busy = [await one.opened(f"listed.example:{there.port}") for _ in range(2)]
    stopping = asyncio.create_task(one.running.serving.stop())
    while not silent.heard:
        assert (await busy.send(get("/x")).message()).status == 200
    assert (await busy.send(get("/x")).message()).status == 200
    assert not stopping.done()
    busy.close()
    async with asyncio.timeout(PATIENCE):
        await stopping
    assert {line["ended"] for line in one.running.events("tunnel")} == {"stopped", "closed"}


async def test_what_begins_in_pieces_or_never_ends_is_answered_or_closed_in_time(lab: Lab) -> None:
    one = await behind(lab, None, limits__head_timeout=0.1)
    wire = await one.asked(b"CONNECT ")
    assert await wire.gone() == b""
    answer = await (await one.asked(b"CONNECT a:1 HTTP/1.1\r\nX: " + b"x" * (1 << 15))).message()
    assert answer.status == 431


@for_each(
    "asked",
    [
        b"CONNECT " + b"a." * 8000 + b":443 HTTP/1.1\r\n\r\n",
        b"CONNECT [" + b":" * 16000 + b"]:443 HTTP/1.1\r\n\r\n",
        b"CONNECT " + b"1." * 8000 + b":443 HTTP/1.1\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\n" + b"X:\r\n" * 4000 + b"\r\n",
        get("http://" + "a." * 30_000 + ":80/"),
        get("http://" + ":80" * 20_000 + "/"),
        get("http://" + "[" * 60_000 + "/"),
        get("http://a.example/" + "?" * 60_000),
    ],
)
async def test_no_message_keeps_others_waiting(lab: Lab, asked: bytes) -> None:
    one = await behind(lab, None, "a.example:80")

    with longest_step() as steps:
        answer = await (await one.asked(asked)).message()
    assert answer.status in {400, 403, 421, 431, 502}
    assert steps.longest < MOST
